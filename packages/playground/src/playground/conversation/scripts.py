"""The steps of a turn in Redis, one Lua script each, so that each is done whole or not at all."""

BEGIN_TURN = """
local state, log, messages, lease, running = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local turn, message, name, now, lease_ms, ttl, replaces = unpack(ARGV)
local current = redis.call('HGET', state, 'turn') or ''
if current == turn then return {'ok', redis.call('HGET', state, 'turn_entry')} end
if current ~= '' then
  if redis.call('EXISTS', lease) == 1 then return {'busy', current} end
  return {'abandoned', current}
end
if replaces ~= '' then
  local last = redis.call('LINDEX', messages, -1)
  if not last or cjson.decode(last).turn ~= replaces then return {'changed', ''} end
end
redis.call('HSET', state, 'turn', turn, 'number', 0, 'cancel', '')
redis.call('SET', lease, turn, 'PX', lease_ms)
redis.call('ZADD', running, now, name)
redis.call('RPUSH', messages, message)
local id = redis.call('XADD', log, '*', 'kind', 'turn', 'turn', turn, 'data', message)
redis.call('HSET', state, 'turn_entry', id)
for _, key in ipairs({state, log, messages}) do redis.call('EXPIRE', key, ttl) end
return {'ok', id}
"""

APPEND_TO_TURNS = """
local lease_ms, answers, at = ARGV[1], {}, 2
for place = 1, #KEYS, 3 do
  local state, log, lease = KEYS[place], KEYS[place + 1], KEYS[place + 2]
  local turn, number, parts = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local held = redis.call('HMGET', state, 'turn', 'number', 'cancel')
  local answer = {'lost'}
  if held[1] == turn then
    answer[1] = held[3] == turn and 'cancel' or 'ok'
    redis.call('SET', lease, turn, 'PX', lease_ms)
    if number > tonumber(held[2]) then
      for i = at + 3, at + 2 + parts, 2 do
        answer[#answer + 1] =
          redis.call('XADD', log, '*', 'kind', ARGV[i], 'turn', turn, 'data', ARGV[i + 1])
      end
      redis.call('HSET', state, 'number', number)
    end
  end
  answers[#answers + 1] = answer
  at = at + 3 + parts
end
return answers
"""

END_TURN = """
local state, log, messages, lease, running = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local turn, name, ttl, message, expired_only, end_id = unpack(ARGV, 1, 6)
if redis.call('HGET', state, 'turn') ~= turn then
  if redis.call('HGET', state, 'end_id') ~= end_id then return {'lost', ''} end
  return {'ok', redis.call('HGET', state, 'turns')}  -- whoever asks again is told no ids
end
if expired_only == '1' and redis.call('EXISTS', lease) == 1 then return {'lost', ''} end
local answer = {'ok', ''}
for i = 7, #ARGV, 2 do
  answer[#answer + 1] =
    redis.call('XADD', log, '*', 'kind', ARGV[i], 'turn', turn, 'data', ARGV[i + 1])
end
answer[#answer + 1] =
  redis.call('XADD', log, '*', 'kind', 'done', 'turn', turn, 'data', name, 'message', message)
if message ~= '' then redis.call('RPUSH', messages, message) end
redis.call('HSET', state, 'turn', '', 'cancel', '', 'end_id', end_id)
local turns = redis.call('HINCRBY', state, 'turns', 1)
redis.call('DEL', lease)
redis.call('ZREM', running, name)
for _, key in ipairs({state, log, messages}) do redis.call('EXPIRE', key, ttl) end
answer[2] = tostring(turns)
return answer
"""
