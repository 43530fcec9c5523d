// Moves of one database of a person's into another, offline and online, with a writer that goes on meanwhile; afterwards the move is ended, or taken back.
import { MongoClient } from 'mongodb';
import { codeOf, pause } from './asker.js';
import type { KnownDatabase, Person } from './person.js';
import { Numbers, startWriter } from './writer.js';

const asidePrefix = 'freehold_set_aside_';
const poll_ms = 250;

interface Ended {
  readonly state: string;
  readonly error_code: string | null;
  readonly result: unknown;
}

async function endOf(person: Person, operationId: string): Promise<Ended> {
  for (;;) {
    const { body } = await person.options.asker.ask({ method: 'GET', path: `/api/operations/${operationId}` });
    if (body?.state === 'succeeded' || body?.state === 'failed') return body as Ended;
    await pause(poll_ms);
  }
}

/** What the target has by now: the copy instead of what was put aside. */
function takeOver(person: Person, from: KnownDatabase, to: KnownDatabase): void {
  to.sentinel = from.sentinel;
  to.numbers = new Numbers(from.numbers);
  person.apps.rebound(from.id, to.id);
}

/** After a move was taken back, what was put aside for it is its owner's to drop. */
async function dropAside(person: Person, { id, uri }: KnownDatabase): Promise<void> {
  for (let attempt = 1; attempt <= 60; attempt += 1) {
    const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
    try {
      const names = (await client.db().listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).filter((name) => name.startsWith(asidePrefix));
      for (const name of names) await client.db().dropCollection(name);
      return;
    } catch {
      // The engine may be away.
      await pause(200);
    } finally {
      await client.close();
    }
  }
  person.options.onViolation(`${id} could not be rid of what was put aside in it`);
}

async function conclude(person: Person, operationId: string, from: KnownDatabase, to: KnownDatabase): Promise<string> {
  const { asker, random } = person.options;
  const isBack = random.next() < 0.3;
  const verdict = await asker.ask({ method: 'POST', path: `/api/operations/${operationId}/${isBack ? 'back-out' : 'finish'}` });
  if (verdict.status !== 200 && !(await person.endedWell(verdict.body?.error))) return person.unexpected(isBack ? 'a way back' : 'the end of a move', verdict);
  if (!isBack) return 'move';
  person.apps.rebound(to.id, from.id, new Set(person.apps.movedBy(operationId)));
  await dropAside(person, to);
  return 'move back';
}

/** One move, from its beginning to its conclusion. */
export async function moveDatabase(person: Person): Promise<string> {
  const { asker, random } = person.options;
  const candidates = person.known('active');
  if (candidates.length < 2) return 'nothing';
  const from = random.pick(candidates);
  const to = random.pick(candidates.filter((candidate) => candidate !== from));
  const mode = random.pick(['online', 'online', 'offline'] as const);
  const writer = startWriter(from.uri, from.numbers, person.nextNumber);
  const body = { target_database_id: to.id, mode, on_conflict: 'overwrite', back_out_seconds: 3600 };
  const verdict = await asker.ask({ method: 'POST', path: `/api/databases/${from.id}/migrate`, body });
  if (verdict.status !== 202) {
    await writer.stop();
    return codeOf(verdict) === 'QUOTA_EXCEEDED' ? 'move refused' : person.unexpected('a move', verdict);
  }
  const operationId = verdict.body.operation_id as string;
  const ended = await endOf(person, operationId);
  await writer.stop();
  if (ended.state !== 'succeeded') {
    person.options.onViolation(`the move ${operationId} of ${from.id} (${mode}) was taken back: ${ended.error_code ?? ''} ${JSON.stringify(ended.result)}`);
    return 'move taken back';
  }
  person.apps.noteMove(operationId, from.id);
  takeOver(person, from, to);
  const after = startWriter(to.uri, to.numbers, person.nextNumber);
  await pause(random.below(300));
  await after.stop();
  return conclude(person, operationId, from, to);
}
