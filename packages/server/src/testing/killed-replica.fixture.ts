// A process of its own that creates a database and kills itself, as a power cut would, at the point it is told.
// Arguments: URI, name of the control database, id of the user, crash point.
import { crashingAt, parseCrashPoint } from '../journal/crash-point.js';
import { connectControlPlane } from './control-plane.fixture.js';

const [uri = '', databaseName = '', userId = '', crashPoint = ''] = process.argv.slice(2);
const plane = await connectControlPlane({ uri, isExternal: true, stop: () => Promise.resolve() }, databaseName);
const replica = plane.replica({ owner: 'killed', onStep: crashingAt(parseCrashPoint(crashPoint), () => process.kill(process.pid, 'SIGKILL')) });
await replica.databases.create(
  { userId, role: 'user', credential: { kind: 'session', id: 's' }, requestId: 'r', remoteAddress: '192.0.2.1' }, { name: 'shop', environment: 'development' },
);
process.exit(0);
