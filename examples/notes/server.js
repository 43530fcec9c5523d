// A small notes service on mongoose: what an app on Freehold looks like. All it needs is MONGODB_URI and PORT.
import Fastify from 'fastify';
import mongoose from 'mongoose';

const uri = process.env.MONGODB_URI;
if (!uri) {
  console.error('MONGODB_URI is not set. Deploy this app with Freehold, or set it to the output of `freehold db uri <name>`.');
  process.exit(1);
}

const Note = mongoose.model('Note', new mongoose.Schema(
  { title: { type: String, required: true, trim: true, maxlength: 200 }, body: { type: String, default: '' }, tags: { type: [String], index: true } },
  { timestamps: true, strict: 'throw' },
));

/** The form in which clients see a note. */
function present(note) {
  return { id: note.id, title: note.title, body: note.body, tags: note.tags, created_at: note.createdAt, updated_at: note.updatedAt };
}

const app = Fastify({ logger: { level: process.env.LOG_LEVEL ?? 'info' } });

app.setErrorHandler((error, _request, reply) => {
  const isTheirs = error instanceof mongoose.Error.ValidationError || error instanceof mongoose.Error.StrictModeError || error.statusCode < 500;
  if (!isTheirs) app.log.error(error);
  reply.code(isTheirs ? 400 : 500).send({ error: isTheirs ? error.message : 'internal error' });
});

app.addHook('preValidation', async (request, reply) => {
  if (request.params.id !== undefined && !mongoose.isValidObjectId(request.params.id)) return reply.code(404).send({ error: 'no such note' });
});

app.get('/health', async () => ({ ok: mongoose.connection.readyState === 1 }));

app.get('/notes', async (request) => {
  const { tag, limit = '20' } = request.query;
  const notes = await Note.find(tag === undefined ? {} : { tags: String(tag) }).sort({ createdAt: -1 }).limit(Math.min(Number(limit) || 20, 100));
  return notes.map(present);
});

app.post('/notes', async (request, reply) => reply.code(201).send(present(await Note.create(request.body ?? {}))));

app.get('/notes/:id', async (request, reply) => {
  const note = await Note.findById(request.params.id);
  return note === null ? reply.code(404).send({ error: 'no such note' }) : present(note);
});

app.patch('/notes/:id', async (request, reply) => {
  const note = await Note.findByIdAndUpdate(request.params.id, { $set: request.body ?? {} }, { new: true, runValidators: true });
  return note === null ? reply.code(404).send({ error: 'no such note' }) : present(note);
});

app.delete('/notes/:id', async (request, reply) => {
  const { deletedCount } = await Note.deleteOne({ _id: request.params.id });
  return reply.code(deletedCount === 1 ? 204 : 404).send();
});

app.get('/tags', async () => Note.aggregate([
  { $unwind: '$tags' },
  { $group: { _id: '$tags', count: { $sum: 1 } } },
  { $sort: { count: -1, _id: 1 } },
  { $project: { _id: 0, tag: '$_id', count: 1 } },
]));

// Connected and indexed before it listens: whoever deploys it takes an open port for a working app.
await mongoose.connect(uri, { appName: 'notes' });
await Note.init();
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 3000) });

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await app.close();
    await mongoose.disconnect();
  });
}
