// What a user of the TypeScript SDK does with the MCP door, told as one line of JSON.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [url, mode, short, long] = process.argv.slice(2);
let changes = 0;
const listChanged = { resources: { autoRefresh: false, debounceMs: 0, onChanged: () => changes++ } };
const client = new Client(
  { name: 'journey', version: '1.0.0' },
  { versionNegotiation: { mode }, listChanged }
);
await client.connect(new StreamableHTTPClientTransport(new URL(url)));

const call = async (name, args, options) => {
  const result = await client.callTool({ name, arguments: args }, options);
  if (result.isError) throw new Error(result.content[0].text);
  return result.structuredContent;
};

const { tools } = await client.listTools();
const { id } = await call('launch_session', { scenario: 'helpdesk', wait_s: 10 });
const pieces = [];
const onprogress = (told) => pieces.push(told.message);
const said = await call('send_message', { session_id: id, message: short }, { onprogress });
const read = await client.readResource({ uri: `session://${id}/messages` });

const leaving = new AbortController();
const left = { signal: leaving.signal, onprogress: () => leaving.abort() };
const cancelled = await call('send_message', { session_id: id, message: long }, left).then(
  () => false,
  () => true
);

await call('launch_session', { scenario: 'helpdesk', wait_s: 10 });
const deadline = Date.now() + 10_000;
while (!changes && Date.now() < deadline) await new Promise((done) => setTimeout(done, 20));
await client.close();

const names = tools.map((tool) => tool.name);
const text = read.contents[0].text;
console.log(
  JSON.stringify({
    tools: names, session_id: id, pieces, text: said.text, read: text, cancelled, changed: changes > 0
  })
);
