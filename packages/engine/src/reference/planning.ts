// The part of docs/engine.md about how queries are planned; numbers come from the code.
import { countedKeys } from '../execution/plan-ranking.js';
import { maxScans } from '../execution/sort-merge-plan.js';
import { keysAhead } from '../execution/stages/distinct-scan.js';

export function planning(): string {
  return `## How queries are planned

Plans are chosen by rules, anew for every query. Without an index that helps, the collection is read. Otherwise:

1. A filter of \`_id\` alone is looked up at once.
2. A unique index with all of its fields given.
3. The index whose ranges hold the fewest keys, where one of them holds fewer than ${countedKeys}: so many are counted, side by side, and fewer where one index has few. Not having
   to sort is worth as many keys again.
4. More leading fields with given values, then an index in the order of the sort, then more bounded fields, then a partial index, then fewer fields.

A \`hint\` goes before the rules, and an index filter (\`planCacheSetFilter\`) before a hint. \`explain\` prints the plan, the plans that lost, and with \`allPlansExecution\`
what each of them does up to its first results: they are run for the explanation alone.

- **Alternatives.** Each branch of an \`$or\` has an index of its own (\`OR\`); in the order of a sort where all of them give it (\`SORT_MERGE\`). An \`$in\` of up to ${maxScans} values
  before the sorted field is merged likewise.
- **Keys instead of documents.** Where a projection, a count, \`distinct\` or the stages of a pipeline ask for fields of an index alone, no document is read, unless a key does not
  say enough: a null that may be a missing field, a value in an array, a number of a form that is lost in the key.
- **All of a collection** is counted without reading it (\`RECORD_STORE_FAST_COUNT\`), by \`countDocuments({})\` too.
- **One document for each value.** \`distinct\`, \`$group\` by a field, and \`$group\` with \`$first\` behind a sort read one key for each value and pass over the others
  (\`DISTINCT_SCAN\`): up to ${keysAhead} by reading them, more by looking for the place behind them.
- **Wildcard indexes** have a key for each value and its path. A condition on a path reads the keys of that path; \`$exists: true\` and \`$ne: null\` those at and below it. They have
  nothing to say on missing fields, null, whole objects and whole arrays. For each path with an array there is a key that says so, so that arrays elsewhere cost nothing.
  The fields before the wildcard of a compound one can be asked for alone.
- **Unique afterwards.** \`collMod\` with \`prepareUnique\` has an index refuse new duplicates; with \`unique\` it becomes unique, or tells the \`_id\`s of the documents that stand against it.`;
}
