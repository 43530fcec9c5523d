// What a name stands for: a collection, nothing, or a view, which is a pipeline over another name.
// Source: the manual's "Views".
import { arrayValues, getDocumentField } from '../../bson/reader.js';
import type { RawDocument } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import type { CollectionEntry, ReadUnit } from '../../storage/units.js';

/** MongoDB's own limit. */
const maxViewDepth = 20;

export interface ResolvedNamespace {
  /** The collection below all views; undefined where there is none of that name. */
  readonly collection: CollectionEntry | undefined;
  readonly name: string;
  /** The views' pipelines, innermost first. */
  readonly pipeline: readonly RawDocument[];
  readonly isView: boolean;
}

export function viewDefinition(view: CollectionEntry): { readonly viewOn: string; readonly pipeline: readonly RawDocument[] } {
  const pipeline = getDocumentField(view.options, 'pipeline');
  return {
    viewOn: getDocumentField(view.options, 'viewOn')?.string() ?? '',
    pipeline: pipeline === undefined ? [] : arrayValues(pipeline).map((stage) => stage.document()),
  };
}

const bucketsPrefix = 'system.buckets.';

/** Dumps read the buckets of a time series: that there are none must not look like a series without measurements. */
function refuseBuckets(unit: ReadUnit, database: string, name: string): void {
  if (!name.startsWith(bucketsPrefix) || unit.collection(database, name.slice(bucketsPrefix.length))?.kind !== 'timeseries') return;
  throw new CommandError('CommandNotSupported', `${database}.${name}: time series have no buckets on this server; read ${name.slice(bucketsPrefix.length)}`);
}

/** What a name stands for: a collection, or a view with the collection and the pipeline behind it. */
export function resolveNamespace(unit: ReadUnit, database: string, name: string): ResolvedNamespace {
  refuseBuckets(unit, database, name);
  let current = name;
  let pipeline: readonly RawDocument[] = [];
  for (let depth = 0; depth <= maxViewDepth; depth += 1) {
    const entry = unit.collection(database, current);
    if (entry?.kind !== 'view') return { collection: entry, name: current, pipeline, isView: depth > 0 };
    const definition = viewDefinition(entry);
    pipeline = [...definition.pipeline, ...pipeline];
    current = definition.viewOn;
  }
  throw new CommandError('ViewDepthLimitExceeded', `View depth limit exceeded; maximum depth is ${maxViewDepth}`);
}
