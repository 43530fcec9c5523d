// A process of its own that does something to a database (what the crash point's operation is) and kills itself, as a power cut would, at the point it is told.
// Arguments: URI, name of the control database, id of the user, crash point.
import { crashingAt, parseCrashPoint } from '../journal/crash-point.js';
import type { Actor } from '../services/contracts.js';
import { connectControlPlane } from './control-plane.fixture.js';

const [uri = '', databaseName = '', userId = '', crashPoint = ''] = process.argv.slice(2);
const plane = await connectControlPlane({ uri, isExternal: true, stop: () => Promise.resolve() }, databaseName);
const replica = plane.replica({ owner: 'killed', onStep: crashingAt(parseCrashPoint(crashPoint), () => process.kill(process.pid, 'SIGKILL')) });
const actor: Actor = { userId, role: 'user', credential: { kind: 'session', id: 's' }, requestId: 'r', remoteAddress: '192.0.2.1' };
const { databases } = replica;
const existing = (await databases.list(actor, { limit: 1, offset: 0, sort: 'created_at' })).items[0]?.id ?? '';

const actions: Readonly<Record<string, () => Promise<unknown>>> = {
  create: () => databases.create(actor, { name: 'shop', environment: 'development' }),
  rotate_credentials: () => databases.rotateCredentials(actor, existing, {}),
  delete: async () => databases.delete(actor, existing, { confirm_token: (await databases.requestDeletion(actor, existing)).confirm_token }),
  restore: () => databases.restore(actor, existing),
};
await actions[parseCrashPoint(crashPoint).kind.replace('database.', '')]!();
process.exit(0);
