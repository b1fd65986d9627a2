"""The jobs that the API asks of the worker, by name: neither imports the other."""

QUEUE = "sessions"
LAUNCH = "playground_worker.jobs.launch"
STOP = "playground_worker.jobs.stop"
PARK = "playground_worker.jobs.park"
BOUND = "playground_worker.jobs.bound"
READ_LOG = "playground_worker.jobs.read_log"
