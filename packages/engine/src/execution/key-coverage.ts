// What an index's keys say by themselves: a query that asks for nothing else reads no documents.
// Source: the manual's "Query Optimization", "Covered Query".
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { DocumentWriter } from '../bson/writer.js';
import type { DecodedKey } from '../bson/key-decoding.js';
import type { FilterNode } from '../query/filter-node.js';
import { foldingCollation } from '../storage/index-collation.js';
import type { SortOrder } from '../query/sort.js';
import type { IndexScanPlan, PlanNode } from './plan.js';

/** Where in a document a field of the key goes: a value, or more fields. */
interface KeyPlace {
  readonly name: string;
  readonly position: number | undefined;
  readonly children: readonly KeyPlace[];
}

/** The paths of these fields as a tree, in the order of the key. Undefined where one lies in another. */
function placesOf(fields: readonly { readonly path: readonly string[]; readonly position: number }[]): KeyPlace[] | undefined {
  const places: KeyPlace[] = [];
  for (const name of new Set(fields.map(({ path }) => path[0]!))) {
    const below = fields.filter(({ path }) => path[0] === name);
    const end = below.find(({ path }) => path.length === 1);
    if (end !== undefined && below.length > 1) return undefined;
    const children = end === undefined ? placesOf(below.map(({ path, position }) => ({ path: path.slice(1), position }))) : [];
    if (children === undefined) return undefined;
    places.push({ name, position: end?.position, children });
  }
  return places;
}

/** Makes documents of some of an index's fields. */
export class KeyDocuments {
  private constructor(
    private readonly places: readonly KeyPlace[],
    private readonly positions: readonly number[],
  ) {}

  /** Documents with these paths, each one a field of the index; undefined where they cannot be had. */
  static of(scan: IndexScanPlan, paths: ReadonlySet<string>): KeyDocuments | undefined {
    const fields = scan.bounds.flatMap(({ path, isHashed }, position) => (paths.has(path) && isHashed !== true ? [{ path, position }] : []));
    // `a.0` may mean a field and an element.
    if (fields.length !== paths.size || fields.some(({ path }) => /(?:^|\.)\d+(?:\.|$)/u.test(path))) return undefined;
    const places = placesOf(fields.map(({ path, position }) => ({ path: path.split('.'), position })));
    return places === undefined ? undefined : new KeyDocuments(places, fields.map(({ position }) => position));
  }

  /** Nothing is asked of the documents: all that matters is that they are there. */
  get isEmpty(): boolean {
    return this.positions.length === 0;
  }

  /** The document; undefined where a field is missing or null: the key does not say which. */
  documentOf(key: DecodedKey): RawDocument | undefined {
    if (this.positions.some((position) => key[position] === undefined)) return undefined;
    const writer = new DocumentWriter();
    write(writer, this.places, key);
    return writer.finish();
  }
}

function write(writer: DocumentWriter, places: readonly KeyPlace[], key: readonly (RawValue | undefined)[]): void {
  for (const { name, position, children } of places) {
    if (position !== undefined) {
      writer.append(name, key[position]!);
    } else {
      writer.openDocument(name);
      write(writer, children, key);
      writer.close();
    }
  }
}

/** The paths that the filter's meaning depends on; undefined where that is not for paths alone to say. */
export function filterPaths(node: FilterNode): string[] | undefined {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'nor': {
      const paths = node.children.map(filterPaths);
      return paths.some((each) => each === undefined) ? undefined : paths.flatMap((each) => each ?? []);
    }
    case 'not':
      return filterPaths(node.child);
    case 'comparison':
    case 'in':
    case 'exists':
    case 'type':
    case 'regex':
      return [node.path];
    case 'always':
      return [];
    case 'elemMatch':
    case 'other':
      return undefined;
  }
}

function coveredScan(fetch: Extract<PlanNode, { stage: 'FETCH' }>, paths: ReadonlySet<string>): IndexScanPlan | undefined {
  const { input: scan, filter } = fetch;
  if (scan.stage !== 'IXSCAN' || scan.index.multikey || foldingCollation(scan.index) !== undefined) return undefined;
  const filtered = filter === undefined ? [] : filterPaths(filter.node);
  const documents = filtered === undefined ? undefined : KeyDocuments.of(scan, new Set([...paths, ...filtered]));
  return documents === undefined ? undefined : { ...scan, fromKeys: { documents, filter } };
}

function withSort(paths: ReadonlySet<string>, { fields }: SortOrder): ReadonlySet<string> {
  return new Set([...paths, ...fields.map(({ path }) => path)]);
}

/** The plan with documents made of keys, where nobody asks for more than these paths of them; undefined where keys do not say all. */
export function covered(plan: PlanNode, paths: ReadonlySet<string>): PlanNode | undefined {
  switch (plan.stage) {
    case 'FETCH':
      return coveredScan(plan, paths);
    case 'SORT': {
      const input = covered(plan.input, withSort(paths, plan.order));
      return input === undefined ? undefined : { ...plan, input };
    }
    case 'SORT_MERGE': {
      const inputs = plan.inputs.map((input) => covered(input, withSort(paths, plan.order)));
      return inputs.every((input) => input !== undefined) ? { ...plan, inputs } : undefined;
    }
    default:
      return undefined;
  }
}
