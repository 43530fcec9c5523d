// A process of its own that does something to a database (what the crash point's operation is) and kills itself, as a power cut would, at the point it is told.
// Arguments: URI, name of the control database, id of the user, crash point, how many milliseconds it lives on behind that (absent: none), and the mode of a move
// (absent: online).
import { crashingAt, parseCrashPoint } from '../journal/crash-point.js';
import type { Actor } from '../services/contracts.js';
import { connectControlPlane } from './control-plane.fixture.js';

const [uri = '', databaseName = '', userId = '', crashPoint = '', livesOn_ms = '', mode = 'online'] = process.argv.slice(2);
const plane = await connectControlPlane({ uri, isExternal: true, stop: () => Promise.resolve() }, databaseName);
const kill = (): void => {
  process.kill(process.pid, 'SIGKILL');
};
const die = (): void => {
  if (livesOn_ms === '') kill();
  else setTimeout(kill, Number(livesOn_ms));
};
const replica = plane.replica({ owner: 'killed', onStep: crashingAt(parseCrashPoint(crashPoint), die) });
const actor: Actor = { userId, role: 'user', credential: { kind: 'session', id: 's' }, requestId: 'r', remoteAddress: '192.0.2.1' };
const { databases } = replica;
const { items } = await databases.list(actor, { limit: 10, offset: 0, sort: 'created_at' });
const idOf = (name: string): string => items.find((database) => database.name === name)?.id ?? '';
const existing = idOf('shop');

const lastMove = async (): Promise<string> => (await plane.connection.control.schedule.find('database.end_move', existing))?.operationId ?? '';

const actions: Readonly<Record<string, () => Promise<unknown>>> = {
  create: () => databases.create(actor, { name: 'shop', environment: 'development' }),
  rotate_credentials: () => databases.rotateCredentials(actor, existing, {}),
  delete: async () => databases.delete(actor, existing, { confirm_token: (await databases.requestDeletion(actor, existing)).confirm_token }),
  restore: () => databases.restore(actor, existing),
  move: async () => {
    await replica.moves.migrate(actor, existing, { target_database_id: idOf('other'), mode: mode === 'offline' ? 'offline' : 'online', on_conflict: 'fail', delete_source: false, back_out_seconds: 3600 });
    await replica.journal.idle();
  },
  move_back: async () => replica.moves.moveBack(actor, await lastMove()),
  end_move: async () => replica.moves.finish(actor, await lastMove()),
};
await actions[parseCrashPoint(crashPoint).kind.replace('database.', '')]!();
process.exit(0);
