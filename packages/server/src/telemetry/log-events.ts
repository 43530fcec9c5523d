// Every log event of the control plane: its name, its severity, and what it tells.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEventDefinition {
  readonly level: LogLevel;
  readonly meaning: string;
}

export const logEvents = {
  'platform.started': { level: 'info', meaning: 'The platform serves.' },
  'platform.stopping': { level: 'info', meaning: 'The platform was told to stop and lets running work end.' },
  'platform.stopped': { level: 'info', meaning: 'Everything is closed.' },
  'http.answered': { level: 'info', meaning: 'A request that changes something, or was refused, has been answered.' },
  'http.read': { level: 'debug', meaning: 'A request that only reads has been answered.' },
  'http.failed': { level: 'error', meaning: 'A request failed for a reason that is ours; `error` has it.' },
  'http.unavailable': { level: 'warn', meaning: 'A request could not be served now, because something we need does not answer.' },
  'http.undeclared': { level: 'error', meaning: 'A route answered with an error code that its row in the table does not name: a mistake of ours.' },
  'sign_in.locked': { level: 'warn', meaning: 'An address failed to sign in to an account too often and has to wait.' },
  'stream.failed': { level: 'warn', meaning: 'A stream of events was cut, because what it tells could not be read; its reader comes back by itself.' },
  'idempotency.lease_not_renewed': { level: 'warn', meaning: 'A running request could not renew the lease on its idempotency key.' },
  'idempotency.answer_not_kept': { level: 'error', meaning: 'A request was answered, but its answer could not be kept for repeats of its idempotency key.' },
  'engine.event': { level: 'info', meaning: 'The engine inside reports something; `engine_event` names it.' },
  'quota.exceeded': { level: 'info', meaning: 'A request was refused by a quota, or a database has grown over one.' },
  'quota.warning': { level: 'warn', meaning: 'A database has filled 80 % or 95 % of what it may hold.' },
  'quota.forecast': { level: 'warn', meaning: 'A database will have filled its quota within a week, if it goes on growing as it did; told once a day.' },
  'quota.enforced': { level: 'info', meaning: 'The credentials of a database over its quota can only read and make room from now on, or may write again.' },
  'connections.above_budget': { level: 'warn', meaning: 'More connections are open to a database than its clients are to open together; told once a day.' },
  'rate_limit.exceeded': { level: 'info', meaning: 'A request was refused by a rate limit.' },
  'rate_limit.not_counted': { level: 'warn', meaning: 'A request was answered, but its use of a rate limit could not be counted, or given back.' },
  'rate_limit.store_changed': { level: 'warn', meaning: 'Rate limits are counted in another place than before, because Redis went away or came back.' },
  'redis.lost': { level: 'warn', meaning: 'Redis does not answer; what it counts and keeps is done without it until it is back.' },
  'redis.connected': { level: 'info', meaning: 'Redis answers, for the first time or again.' },
  'cluster.capacity_exhausted': { level: 'error', meaning: 'No cluster has room for another database.' },
  'cluster.measured': { level: 'debug', meaning: 'A cluster answered, and said what it holds.' },
  'cluster.probe_failed': { level: 'debug', meaning: 'A cluster did not answer a look, or not as it should.' },
  'cluster.unreachable': { level: 'error', meaning: 'A cluster that answered before does not any more; what needs it waits.' },
  'cluster.reachable': { level: 'info', meaning: 'A cluster answers again.' },
  'reconciler.drift': { level: 'warn', meaning: 'What is written, what a cluster has, or what an app was given differ.' },
  'reconciler.run_ended': { level: 'info', meaning: 'The reconciler has looked at everything it was to look at; `found` counts differences by kind.' },
  'bulk.item_failed': { level: 'warn', meaning: 'A call on many databases failed for one of them, for a reason that is not the caller\'s; `error` has it.' },
  'legacy.user_done': { level: 'debug', meaning: 'A run over legacy users is done with one of them; `outcome` and `findings` say how.' },
  'legacy.run_ended': { level: 'info', meaning: 'A run over legacy users has come to its end.' },
  'legacy.run_paused': { level: 'warn', meaning: 'A run over legacy users waits, because an operator said so or a cluster does not answer.' },
  'delivery.attempted': { level: 'debug', meaning: 'An event was sent to a webhook or by e-mail: it arrived (`delivered`), is tried again (`pending`), or is given up (`failed`).' },
  'traces.lost': { level: 'warn', meaning: 'The receiver of traces does not take them; those that do not fit into memory are lost until it does.' },
  'traces.sent': { level: 'info', meaning: 'The receiver of traces takes them again.' },
  'job.failed': { level: 'error', meaning: 'A scheduled job failed; it runs again at its next time.' },
  'operation.resumed': { level: 'warn', meaning: 'An operation whose process went away is taken up by this one.' },
  'operation.step_failed': { level: 'warn', meaning: 'A step of an operation failed; it is tried again, or the operation is undone.' },
  'operation.ended': { level: 'info', meaning: 'An operation ended, or rests until it can go on.' },
} as const satisfies Record<string, LogEventDefinition>;

export type LogEventName = keyof typeof logEvents;
