// The least a route can be: Fastify, the official driver, one query, JSON. What the control plane's routes are measured against.
// A process of its own: `tsx bare-route.ts`, with MONGODB_URI and USER_ID in its environment.
import Fastify from 'fastify';
import { MongoClient, ObjectId } from 'mongodb';

const client = await new MongoClient(process.env['MONGODB_URI']!).connect();
const users = client.db('freehold').collection('users');
const userId = new ObjectId(process.env['USER_ID']);
const app = Fastify();

app.get('/list', async () => {
  const user = await users.findOne({ _id: userId });
  const databases = (user?.['databases'] ?? []) as unknown[];
  return { items: databases.slice(0, 20), total: databases.length, limit: 20, offset: 0 };
});

app.get<{ Params: { id: string } }>('/get/:id', async (request) => {
  const user = await users.findOne({ 'databases.id': request.params.id }, { projection: { 'databases.$': 1 } });
  return ((user?.['databases'] ?? []) as unknown[])[0];
});

const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening ${address}\n`);
