// Stages whose documents the server makes: `$collStats`, `$indexStats`, `$currentOp`, ...
// Source: the manual's pages of these stages.
import { Long } from 'bson';
import { getDocumentField } from '../../bson/reader.js';
import type { RawDocument } from '../../bson/raw-value.js';
import { isTruthy } from '../../bson/truth.js';
import { BsonType } from '../../bson/types.js';
import { encodeDocument } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { CommandContext } from '../../dispatch/context.js';
import { operationDocuments } from '../../dispatch/operation-documents.js';
import { CommandError } from '../../errors.js';
import type { CollectionEntry, ReadUnit } from '../../storage/units.js';
import { printIndex } from '../catalog/index-printing.js';
import { collectionStatistics } from '../catalog/statistics.js';
import { latencyStatistics } from './latency-statistics.js';
import { sessionDocuments } from './session-documents.js';

export interface SourceStageRequest {
  readonly specification: RawDocument;
  readonly unit: ReadUnit;
  readonly context: CommandContext;
  /** The collection that the command names; undefined for `{aggregate: 1}`. */
  readonly collection: string | undefined;
}

function hostOf({ services: { server } }: CommandContext): string {
  return server.advertisedHost ?? `${server.host}:${server.port}`;
}

function existingCollection({ unit, context, collection }: SourceStageRequest, stage: string): CollectionEntry {
  if (collection === undefined) throw new CommandError('InvalidNamespace', `${stage} is only valid on a collection, not on {aggregate: 1}`);
  const entry = unit.collection(context.database, collection);
  if (entry === undefined) throw new CommandError('NamespaceNotFound', `Unable to retrieve storageStats in ${stage} stage :: caused by :: Collection [${context.database}.${collection}] not found.`);
  if (entry.kind === 'view') throw new CommandError('CommandNotSupportedOnView', `Namespace ${context.database}.${collection} is a view, not a collection`);
  return entry;
}

function collStats(request: SourceStageRequest): RawDocument[] {
  const { specification, unit, context } = request;
  const writer = new DocumentWriter().string('ns', `${context.database}.${request.collection ?? ''}`).string('host', hostOf(context));
  writer.date('localTime', context.services.clock.now_ms());
  const storage = getDocumentField(specification, 'storageStats');
  const count = getDocumentField(specification, 'count');
  const latency = getDocumentField(specification, 'latencyStats');
  if (latency !== undefined) {
    const histograms = latency.type === BsonType.object && isTruthy(getDocumentField(latency.document(), 'histograms'));
    writer.document('latencyStats', latencyStatistics(context.services.metrics.latenciesOf(`${context.database}.${request.collection ?? ''}`), histograms));
  }
  if (storage !== undefined) {
    const scale = getDocumentField(storage.document(), 'scale')?.number() ?? 1;
    writer.document('storageStats', collectionStatistics(unit, existingCollection(request, '$collStats'), scale));
  }
  if (count !== undefined) writer.append('count', countValue(unit.counts(existingCollection(request, '$collStats')).documents));
  return [writer.finish()];
}

function countValue(count: number): ReturnType<typeof firstValue> {
  return firstValue(encodeDocument({ value: count }));
}

function firstValue(document: RawDocument): NonNullable<ReturnType<typeof getDocumentField>> {
  return getDocumentField(document, 'value')!;
}

function indexStats(request: SourceStageRequest): RawDocument[] {
  const { context } = request;
  return existingCollection(request, '$indexStats').indexes.map((index) =>
    new DocumentWriter()
      .string('name', index.name)
      .document('key', index.key)
      .string('host', hostOf(context))
      .document('accesses', encodeDocument({ ops: Long.fromNumber(context.services.indexUsage.operationsOn(index)), since: new Date(context.services.server.started_ms) }))
      .document('spec', printIndex(index))
      .finish(),
  );
}

function currentOp({ specification, context }: SourceStageRequest): RawDocument[] {
  if (context.database !== 'admin') throw new CommandError('InvalidNamespace', '$currentOp must be run against the \'admin\' database with {aggregate: 1}');
  const flag = (name: string): boolean => getDocumentField(specification, name)?.boolean() ?? false;
  const allUsers = flag('allUsers');
  if (allUsers) context.services.access.authorize(context, [{ resource: { cluster: true }, actions: ['inprog'] }]);
  return operationDocuments(context.services, context.connection, { allUsers: allUsers || context.services.access.isOpen, idleConnections: flag('idleConnections') });
}

const sources: Readonly<Record<string, (request: SourceStageRequest) => RawDocument[]>> = {
  $collStats: collStats,
  $indexStats: indexStats,
  $currentOp: currentOp,
  // Plans are chosen anew for every query: there is no cache to show.
  $planCacheStats: () => [],
  $listLocalSessions: ({ specification, context }) => sessionDocuments(specification, context, '$listLocalSessions'),
  $listSessions: ({ specification, context, collection }) => {
    if (context.database !== 'config' || collection !== 'system.sessions') {
      throw new CommandError('InvalidNamespace', "$listSessions may only be run against config.system.sessions");
    }
    return sessionDocuments(specification, context, '$listSessions');
  },
};

/** The documents of a source stage; 115 for one that the engine knows by name only. */
export function readSourceStage(stage: string, request: SourceStageRequest): Iterable<RawDocument> {
  const source = sources[stage];
  if (source === undefined) throw new CommandError('CommandNotSupported', `${stage} is not supported by this server`);
  return source(request);
}
