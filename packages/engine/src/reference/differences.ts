// What the engine deliberately does otherwise than a mongod. Each row is pinned by the file of its name in tests/diff, and
// docs/engine.md lists them from here.

export interface Difference {
  /** The name of its file in tests/diff, without `.test.ts`. */
  readonly name: string;
  /** What is different. */
  readonly what: string;
  /** What to do instead, or why it seldom matters. */
  readonly instead: string;
}

export const differences: readonly Difference[] = [
  { name: 'text-search', what: 'There are no text indexes, no `$text` and no `$meta`.', instead: '`$regex`, whose prefix uses an index; a search engine beside the database.' },
  { name: 'geospatial', what: 'There are no geospatial indexes, operators and stages.', instead: 'Ranges over numbers; another cluster for real geometry.' },
  { name: 'server-side-javascript', what: 'No JavaScript runs in the server: `$where`, `$function`, `$accumulator`, `mapReduce`, `eval`.', instead: '`$expr` and the aggregation pipeline.' },
  { name: 'sharding', what: 'Nothing is sharded.', instead: 'Register a sharded cluster.' },
  { name: 'replication', what: 'The replica set has one member, which is primary again at once where it is forced to step down; its configuration does not change, and `w: 2` is never fulfilled. `applyOps` goes by the names of collections, not by their UUIDs.', instead: '`w: 1` and `w: "majority"` mean the same: on disk. Register a replica set for failover.' },
  { name: 'search-indexes', what: 'There are no search and vector search indexes.', instead: 'Keep such data in a deployment that has them.' },
  { name: 'index-kinds', what: 'Indexes are ascending, descending, hashed or wildcard. A hashed index keeps the values, not their hashes. A wildcard index is not read for a place in an array (`a.0`) where some document has an array at `a`. One with a collation does not become unique after it was made.', instead: '`$regex` for texts, ranges of numbers for places; an index on `a`; another index that is unique from the start.' },
  { name: 'collation', what: 'Queries, sorts, updates and pipelines take a collation. An index with one finds equal strings for queries with the same one, and keeps them unique; it gives no order and no ranges of strings, and `min` and `max` are refused with it. Languages in which two letters may be another one (Danish, Finnish, Hungarian, Icelandic, Korean, Norwegian, Swedish, Thai, ...) have no unique indexes, and some characters (numbers of other scripts) are in no index with a collation. The `_id` of a collection with a collation is unique by its bytes, and found by it in a scan where it is a string. A few options of ICU are refused.', instead: 'For ranges and orders of strings by language, expect the collection to be read.' },
  { name: 'collection-kinds', what: 'No collections are encrypted. A clustered one has an `_id` index and does not expire as a whole; measurements of a time series are documents of their own, without buckets, and are not updated; `mongodump`, which reads buckets, is refused them.', instead: 'A plain collection with an index on the time and a TTL.' },
  { name: 'snapshot-reads', what: 'Outside of transactions, read concern `snapshot` comes back to a state for a minute at most, and only to one that it has read before.', instead: 'A state lives as long as a transaction does; begin a new snapshot.' },
  { name: 'memory-instead-of-disk', what: 'Sorts and groups that do not fit into memory go on in temporary files, as MongoDB\'s do. `$setWindowFields`, `$bucketAuto`, `$densify`, `$sample` and `$facet` do not: where `allowDiskUse` is on, as it is by default, they may hold ten times as much in memory instead.', instead: 'An index, or a `$match` before the stage.' },
  { name: 'long-expressions', what: 'An expression that takes more than two seconds for one document is ended with error 50, whatever `maxTimeMS` says.', instead: 'All clients share one thread, so nothing may keep it. Unwind the array and work on its elements as documents: stages pause for others.' },
  { name: 'exact-percentiles', what: '`$percentile` and `$median` give a value of the input by its rank, where MongoDB approximates.', instead: 'The answer is one that `method: "approximate"` allows, and the best one.' },
  { name: 'rules-instead-of-plan-cache', what: 'Plans are chosen by rules for every query: the plan cache is always empty, and there are no query settings and no statistics. Where the rules compare indexes by their keys, they count up to 101 of them. `allPlansExecution` runs the other plans for the explanation alone.', instead: 'A `hint`, or an index filter for all queries of a shape, where a rule chooses badly; `explain` shows the choice.' },
  { name: 'profiler', what: 'The profiler writes down which operation took how long, by which plan; not what it examined, returned and sent. There are no statistics of queries (`$queryStats`).', instead: '`explain` with `executionStats` counts what one query examines.' },
  { name: 'validation-details', what: 'A document that fails validation is told which validator, not which of its conditions.', instead: 'The validator is in `errInfo.details.specifiedAs`.' },
  { name: 'external-authentication', what: 'Users log in by SCRAM-SHA-256, SCRAM-SHA-1 or a certificate (MONGODB-X509): no LDAP, Kerberos, OIDC or AWS.', instead: 'Users of the database, or of `$external` with the subject of their certificate (`--tls-ca-file`).' },
  { name: 'regular-expressions', what: 'Patterns are translated from PCRE to JavaScript; what has no translation (possessive quantifiers, atomic groups, recursion, ...) is refused. A search of more than half a second is stopped with error 51156.', instead: 'The same pattern without them.' },
  { name: 'repair', what: 'Nothing is repaired in place: `validate` with `repair` is refused.', instead: 'Indexes are written in the commit of their documents; drop an index and create it again, or restore a backup.' },
  { name: 'settings', what: 'Parameters are few, feature compatibility is fixed, and `changeStreamOptions` is the only cluster parameter. The default write concern is one that one member fulfils.', instead: '`getParameter: "*"` lists what there is.' },
];
