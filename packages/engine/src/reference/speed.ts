// What an operation costs and why, for docs/engine.md. Figures say how and when they were measured.

export function whereTheTimeGoes(): string {
  return `### Where the time goes

Measured on two cores of an AMD EPYC with Node 20; \`npm run bench -- engine engine-scale\` measures again, against PostgreSQL 15.

- **One write, one sync.** A sync of the log takes 0.1 ms there, done beside the event loop; a durable commit of LMDB took 0.25 ms for one document and 0.5 ms for
  sixteen, in which nobody read. With many callers a sync is shared by all that came during the one before.
- **Between a message and its reply**, without sockets, the engine's process takes this much processor time, all threads together (24 November 2026, 32
  callers with sessions and retryable writes, each operation 15,000 times in the process itself, best of three, other work on the machine; before and after what
  is listed below): 10 µs for a \`findOne\` by its id (24), 60 µs for twenty documents by an index (62), 19 µs for an insert (60), 70 µs for an update by its id (101), 7 µs for
  each document of a batch of a hundred (10). Reading a message from a socket and writing the reply take about 9 µs more, in Node's streams and the kernel.
- **What made the difference** is garbage. Commands that need not wait are answered in the turn that they came in, without a promise on the way. And what a
  command allocates is dead when it is answered: object literals with getters, spreads of large objects, maps whose entries come and go, and references to a
  unit of writing that is over had V8 move almost all of it to its old generation, where it stayed until the next full collection. Retryable inserts are noted
  once per unit and not once per document.
- **A range of an index** needs a cursor of LMDB each time, which its binding makes anew within a write transaction and V8 lets go of with a full collection only.
- **The driver** for Node takes 90 to 100 µs of its own process for each \`findOne\`; PostgreSQL's takes 20. One client process therefore ends near 10,000 reads a second whatever
  answers it, and there the goal of PostgreSQL's speed cannot be reached by any server. The benchmark shows all three: by the driver, by ready-made messages on bare
  sockets ("raw messages"), which is what several client processes reach together, and the driver against a server that answers constant bytes ("the driver alone").
- **Memory.** A collection in use takes about four kilobytes: what is known of 30,000 collections is kept. With 10,000 databases of two
  collections each, all of them used, the process's own memory was 220 MB. Documents and indexes take none: their pages are the
  operating system's.
- **All of it is one thread.** PostgreSQL has a process for each connection; on machines with many cores it goes further where many clients write at once.`;
}
