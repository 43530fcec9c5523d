// The unified test format as TypeScript sees it, and how a file is read.
// Source: the drivers' specification "Unified Test Format", version 1.x.
import { readFileSync } from 'node:fs';
import { EJSON } from 'bson';
import type { Document } from 'mongodb';

export interface Requirement {
  readonly minServerVersion?: string;
  readonly maxServerVersion?: string;
  readonly topologies?: readonly string[];
  readonly serverless?: string;
  readonly auth?: boolean;
  readonly csfle?: unknown;
  readonly serverParameters?: Document;
}

export interface ExpectedError {
  readonly isError?: boolean;
  readonly isClientError?: boolean;
  readonly errorContains?: string;
  readonly errorCode?: number;
  readonly errorCodeName?: string;
  readonly errorLabelsContain?: readonly string[];
  readonly errorLabelsOmit?: readonly string[];
  readonly errorResponse?: Document;
  readonly expectResult?: unknown;
}

export interface Operation {
  readonly name: string;
  readonly object: string;
  readonly arguments?: Document;
  readonly ignoreResultAndError?: boolean;
  readonly expectError?: ExpectedError;
  readonly expectResult?: unknown;
  readonly saveResultAsEntity?: string;
}

export interface CollectionData {
  readonly databaseName: string;
  readonly collectionName: string;
  readonly documents: readonly Document[];
  readonly createOptions?: Document;
}

export interface ExpectedEvents {
  readonly client: string;
  readonly eventType?: string;
  readonly events: readonly Document[];
  readonly ignoreExtraEvents?: boolean;
}

export interface TestCase {
  readonly description: string;
  readonly runOnRequirements?: readonly Requirement[];
  readonly skipReason?: string;
  readonly operations: readonly Operation[];
  readonly expectEvents?: readonly ExpectedEvents[];
  readonly expectLogMessages?: unknown;
  readonly outcome?: readonly CollectionData[];
}

export interface TestFile {
  readonly description: string;
  readonly schemaVersion: string;
  readonly runOnRequirements?: readonly Requirement[];
  readonly createEntities?: readonly Document[];
  readonly initialData?: readonly CollectionData[];
  readonly tests: readonly TestCase[];
}

/** The file, or undefined where it is of another format. Numbers become plain numbers, other types those of the driver. */
export function readTestFile(path: string): TestFile | undefined {
  const parsed: unknown = EJSON.parse(readFileSync(path, 'utf8'), { relaxed: true });
  return typeof parsed === 'object' && parsed !== null && 'schemaVersion' in parsed && 'tests' in parsed ? (parsed as TestFile) : undefined;
}

/** What a test does not say it needs, it does not need; what is said must hold. */
export function unmetRequirement(requirements: readonly Requirement[] | undefined, server: { readonly version: string; readonly parameters: Document }): string | undefined {
  if (requirements === undefined || requirements.length === 0) return undefined;
  const reasons = requirements.map((requirement) => unmet(requirement, server));
  return reasons.includes(undefined) ? undefined : reasons.join('; ');
}

function unmet(requirement: Requirement, server: { readonly version: string; readonly parameters: Document }): string | undefined {
  const { minServerVersion, maxServerVersion, topologies, serverless, auth, csfle, serverParameters = {} } = requirement;
  if (minServerVersion !== undefined && compareVersions(server.version, minServerVersion) < 0) return `needs a server from ${minServerVersion} on`;
  if (maxServerVersion !== undefined && compareVersions(server.version, maxServerVersion) > 0) return `needs a server up to ${maxServerVersion}`;
  if (topologies?.includes('replicaset') === false) return `needs the topology ${topologies.join(' or ')}`;
  if (serverless === 'require') return 'needs a serverless deployment';
  if (auth === true) return 'needs authentication';
  if (csfle === true || (typeof csfle === 'object' && csfle !== null)) return 'needs client-side encryption';
  const missing = Object.entries(serverParameters).find(([name, value]) => server.parameters[name] !== value);
  return missing === undefined ? undefined : `needs the parameter ${missing[0]}`;
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let part = 0; part < right!.length; part += 1) {
    const difference = (left![part] ?? 0) - right![part]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
