// What an operation costs and why, for docs/engine.md. Figures say how and when they were measured.

export function whereTheTimeGoes(): string {
  return `### Where the time goes

Measured on two cores of an AMD EPYC with Node 20; \`npm run bench -- engine engine-scale\` measures again, against PostgreSQL 15, with 200,000 documents and
1,000 databases. For the sizes that the goals are about, on a quiet machine: \`npm run bench -- engine\` (three numbers of callers, six operations of 16
seconds each: about five minutes), and \`npm run bench -- engine-scale --engine-documents=10000000 --engine-databases=10000\`. That one writes the documents first, which
took 18 µs of the engine's processor time for each of 1,000,000, and 30 µs for each of 10,000,000 on a busy machine: three to five minutes by estimate, and a minute and a half of
measuring.

- **One write, one sync.** A sync of the log takes 0.1 ms there, done beside the event loop; a durable commit of LMDB took 0.25 ms for one document and 0.5 ms for
  sixteen, in which nobody read. With many callers a sync is shared by all that came during the one before.
- **Between a message and its reply**, without sockets, the engine's process takes this much processor time, all threads together (24 November 2026, 32
  callers with sessions and retryable writes, each operation 15,000 to 20,000 times in the process itself, three times, in turns with the version before, other work on
  the machine; in brackets before what is listed below): 9 µs for a \`findOne\` by its id (24; 18 again before the spreads below went), 48 µs for twenty documents by an
  index (62), 20 to 25 µs for an insert (60), 55 to 64 µs for an update by its id (101), 7 µs for each document of a batch of a hundred (10, measured earlier that day). The bound on the heap's growth, below, was not part of it: it adds about a tenth. Reading a message from a socket and writing the reply take about 9 µs more, in Node's streams and the kernel.
- **What made the difference** is garbage. Commands that need not wait are answered in the turn that they came in, without a promise on the way. And what a
  command allocates is dead when it is answered: object literals with getters, spreads of large objects, maps whose entries come and go, and references to a
  unit of writing that is over had V8 move almost all of it to its old generation, where it stayed until the next full collection. Retryable inserts are noted
  once per unit and not once per document.
- **A range of an index** needs a cursor of LMDB each time, which its binding makes anew within a write transaction and V8 lets go of with a full collection only.
- **No spreads where every command passes.** Naming each field instead of \`{ ...options, more }\` in two places halved what a \`findOne\` by its id costs, 18.7 to 8.7 µs in turns,
  and took a tenth off a range; why V8 11.3 makes so much of them was not looked into. The sampling heap profiler (\`HeapProfiler.startSampling\` with
  \`includeObjectsCollectedByMajorGC\`) shows such places: what lives until the next full collection, by where it was made.
- **The driver** for Node takes 90 to 100 µs of its own process for each \`findOne\`; PostgreSQL's takes 20. One client process therefore ends near 10,000 reads a second whatever
  answers it, and there the goal of PostgreSQL's speed cannot be reached by any server. The benchmark shows all three: by the driver, by ready-made messages on bare
  sockets ("raw messages"), which is what several client processes reach together, and the driver against a server that answers constant bytes ("the driver alone").
  Of the driver's time in a \`findOne\` against this engine a fifth is its one write to the socket, another its garbage, a twentieth reading \`$clusterTime\` and \`operationTime\` into
  the session, which members of a replica set send; the rest is its own cursors, options and BSON (one processor profile of the client with 32 callers, 24 November 2026, busy machine).
  No time went into rebuilding the topology. A reply is handed to the socket as one write, with Nagle's algorithm off. Nothing in the answers was found that keeps the driver.
- **Memory.** Documents and indexes take none: their pages are the operating system's. Under a load of reads, updates and inserts by 32 callers on 10,000,000
  documents (a data file of 3.4 GB) the process's own memory (\`RssAnon\`) stayed below 190 MB, of which 70 MB are LMDB's pages of what is not committed yet and other memory
  outside of JavaScript. Beyond that it is what is known of collections, four kilobytes each: 24,000 of them are kept. What went above 300 MB was V8's habit of
  letting a heap become four times what is alive in it; it is told to stop before twice (\`heap-growth.ts\`), which costs about a tenth more processor time in
  loops without sockets, nearly all of it of V8's helping threads. 50,000 collections made, read and written, before and after: 345 and 236 MB. A test holds 24,000 collections below 300 MB.
- **Pauses.** What stops everybody is the commit of a checkpoint, which writes each changed page; the larger the collection, the more of the changes are of a page of their
  own. With updates all over 10,000,000 documents a commit of 2,000 changes took 5.3 ms of processor time, most of it the kernel's, and while a checkpoint's sync was slow up to
  8,000 changes were committed at once. Now it is 1,000 changes, at most 2,000, and 2.6 ms. The first commits after a start on a large file took up to 100 ms, on a disk busy with other work.
- **All of it is one thread.** PostgreSQL has a process for each connection; on machines with many cores it goes further where many clients write at once.`;
}
