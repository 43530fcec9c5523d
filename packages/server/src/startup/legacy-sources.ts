// The control databases of earlier platforms that a start was told of: `{"<name>": {"uri": "mongodb://…", "database": "…"}}`. URIs stand there and
// nowhere else: requests and records name a source.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { primaryClusterId } from '../adapters/mongodb/cluster-directory.js';
import { MongoLegacySource } from '../adapters/mongodb/legacy-source.js';
import type { Configuration } from '../config/settings.js';
import { StartupError } from '../config/startup-error.js';
import { Secret } from '../domain/secret.js';
import type { LegacySources } from '../ports/legacy-source.js';

const sourcesSchema = z.record(z.string().regex(/^[a-z0-9-]{1,32}$/u), z.strictObject({
  uri: z.string().regex(/^mongodb(\+srv)?:\/\//u),
  database: z.string().min(1).max(63),
  /** The registered cluster that holds these users' databases. */
  cluster_id: z.string().min(1).default(primaryClusterId),
}));

const remedy = 'Write them as {"old": {"uri": "mongodb://…", "database": "platform", "cluster_id": "primary"}}; docs/legacy-migration.md has an example.';

function refused(reason: string): StartupError {
  // The text holds URIs with their credentials: it is not repeated, and neither are the errors of those who parse it.
  return new StartupError('CONFIGURATION_INVALID', `FREEHOLD_LEGACY_SOURCES is not valid: ${reason}.`, remedy);
}

async function textOf({ legacySources, legacySourcesFile }: Pick<Configuration, 'legacySources' | 'legacySourcesFile'>): Promise<string> {
  if (legacySources !== undefined || legacySourcesFile === undefined) return legacySources ?? '{}';
  try {
    return await readFile(legacySourcesFile, 'utf8');
  } catch (error) {
    throw new StartupError('CONFIGURATION_INVALID', `The file of legacy sources ${legacySourcesFile} cannot be read.`, 'Correct FREEHOLD_LEGACY_SOURCES_FILE or the file\'s rights.', { cause: error });
  }
}

function parsed(text: string): z.infer<typeof sourcesSchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused('it is not JSON');
  }
  const { success, data, error } = sourcesSchema.safeParse(value);
  if (success) return data;
  throw refused(`${error.issues[0]?.path.map(String).slice(0, 2).join('.') ?? ''} has another form`);
}

/** Throws StartupError `CONFIGURATION_INVALID`. */
export async function openLegacySources(configuration: Pick<Configuration, 'legacySources' | 'legacySourcesFile'>): Promise<LegacySources> {
  const sources = new Map<string, MongoLegacySource>();
  for (const [name, { uri, database, cluster_id: clusterId }] of Object.entries(parsed(await textOf(configuration)))) {
    try {
      sources.set(name, new MongoLegacySource({ name, uri: new Secret(uri), database, clusterId }));
    } catch {
      throw refused(`the URI of ${name} is no MongoDB connection string`);
    }
  }
  return { names: [...sources.keys()], find: (name) => sources.get(name), close: async () => {
    await Promise.all([...sources.values()].map((source) => source.close()));
  } };
}
