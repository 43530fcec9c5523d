// Every setting of the platform, in one table: its environment variable, its flag, what it accepts and what it is for.
// `freehold up --help`, docs/configuration.md and the parser are all made from it.
import { isIP } from 'node:net';
import { z } from 'zod';
import { rateLimitsSetting } from './rate-limits.js';

const port = z.coerce.number().int().min(0).max(65_535);
const text = z.string().trim().min(1);
const onOrOff = z.union([z.boolean(), z.enum(['on', 'off', 'true', 'false']).transform((value) => value === 'on' || value === 'true')]);
const userSeries = z.union([z.literal('off').transform(() => 0), z.coerce.number().int().min(0).max(100_000)]);

/** An address, or a network as `10.0.0.0/8`. */
function isNetwork(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
}

const networks = text.transform((list) => list.split(',').map((entry) => entry.trim()))
  .refine((entries) => entries.every(isNetwork), 'must be addresses or networks (10.0.0.0/8), separated by commas');

export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly environment: string;
  /** Long option of `freehold up`; a setting that is a secret has none, since arguments can be seen by other users. */
  readonly flag?: string;
  readonly schema: Schema;
  /** Shown in help; absent: unset by default. */
  readonly defaultValue?: string | number;
  readonly isSecret?: boolean;
  readonly help: string;
}

/** Keeps the definition's own type, so that the configuration's type knows which settings have a default. */
function setting<const Definition extends Setting>(definition: Definition): Definition {
  return definition;
}

export const settings = {
  port: setting({ environment: 'FREEHOLD_PORT', flag: 'port', schema: port, defaultValue: 8420, help: 'Port of the API and the dashboard; 0 takes any free one.' }),
  host: setting({ environment: 'FREEHOLD_HOST', flag: 'host', schema: text, defaultValue: '127.0.0.1', help: 'Address to listen on.' }),
  dataDirectory: setting({ environment: 'FREEHOLD_DATA_DIR', flag: 'data-dir', schema: text, defaultValue: '.freehold', help: 'Folder of everything that Freehold keeps on this machine.' }),
  mongodbUri: setting({ environment: 'FREEHOLD_MONGODB_URI', schema: text, isSecret: true, help: 'MongoDB to use, as a user with root or userAdminAnyDatabase + readWriteAnyDatabase; unset: the engine inside.' }),
  enginePort: setting({ environment: 'FREEHOLD_ENGINE_PORT', flag: 'engine-port', schema: port, defaultValue: 27_420, help: 'Port of the engine inside; 0 takes any free one.' }),
  oplogSizeMb: setting({ environment: 'FREEHOLD_OPLOG_SIZE_MB', flag: 'oplog-size-mb', schema: z.coerce.number().int().min(1).max(1_048_576), defaultValue: 128, help: 'Size of the engine\'s oplog in MiB: how far back change streams can be resumed.' }),
  oplogMinRetentionHours: setting({ environment: 'FREEHOLD_OPLOG_MIN_RETENTION_HOURS', flag: 'oplog-min-retention-hours', schema: z.coerce.number().min(0).max(8784), defaultValue: 0, help: 'Hours for which the engine keeps oplog entries even where they are more than that size; 0: the size alone counts.' }),
  publicMongodbHost: setting({ environment: 'FREEHOLD_PUBLIC_MONGODB_HOST', flag: 'public-mongodb-host', schema: text, help: 'host:port (or a comma-separated list) that connection URIs name, where clients reach MongoDB under another name.' }),
  masterKeys: setting({ environment: 'FREEHOLD_MASTER_KEYS', schema: text, isSecret: true, help: 'Keys that encrypt stored passwords, `kid:base64,kid:base64`, 32 bytes each, the first is current.' }),
  masterKeysFile: setting({ environment: 'FREEHOLD_MASTER_KEYS_FILE', flag: 'master-keys-file', schema: text, help: 'File that holds the master keys, e.g. a mounted Kubernetes secret.' }),
  legacyCiphers: setting({ environment: 'FREEHOLD_LEGACY_CIPHERS', schema: text, isSecret: true, help: 'How an earlier platform encrypted its users\' passwords: {"name": {"kind": "fernet", "keys": ["..."]}}; the first is used until users are migrated.' }),
  legacyCiphersFile: setting({ environment: 'FREEHOLD_LEGACY_CIPHERS_FILE', flag: 'legacy-ciphers-file', schema: text, help: 'File that holds the legacy ciphers instead.' }),
  legacySources: setting({ environment: 'FREEHOLD_LEGACY_SOURCES', schema: text, isSecret: true, help: 'Control databases of earlier platforms whose users are to be brought in: {"name": {"uri": "mongodb://...", "database": "...", "cluster_id": "primary"}}.' }),
  legacySourcesFile: setting({ environment: 'FREEHOLD_LEGACY_SOURCES_FILE', flag: 'legacy-sources-file', schema: text, help: 'File that holds the legacy sources instead.' }),
  redisUrl: setting({ environment: 'FREEHOLD_REDIS_URL', schema: z.string().regex(/^rediss?:\/\//u, 'must start with redis:// or rediss://'), isSecret: true, help: 'Redis for caches and limits that replicas share; unset: the control database.' }),
  backupUrl: setting({ environment: 'FREEHOLD_BACKUP_URL', flag: 'backup-url', schema: z.string().regex(/^(file:\/\/\/|s3:\/\/)/, 'must start with file:/// or s3://'), help: 'Where backups go: file:///folder or s3://bucket/prefix.' }),
  operatorEmail: setting({ environment: 'FREEHOLD_OPERATOR_EMAIL', flag: 'operator-email', schema: z.email(), defaultValue: 'operator@freehold.local', help: 'E-mail of the operator account that a first start creates.' }),
  operatorPassword: setting({ environment: 'FREEHOLD_OPERATOR_PASSWORD', schema: z.string().min(12), isSecret: true, help: 'Its password (12 characters or more); unset: one is made and printed once.' }),
  rateLimits: setting({ environment: 'FREEHOLD_RATE_LIMITS', flag: 'rate-limits', schema: rateLimitsSetting, help: 'Rate limits that differ from the defaults, as JSON (docs/rate-limits.md), or `off` for tests and benchmarks.' }),
  userSeries: setting({ environment: 'FREEHOLD_USER_SERIES', flag: 'user-series', schema: userSeries, defaultValue: 100, help: 'How many users and databases have metrics of their own, the largest first; `off`: none.' }),
  connectionBudget: setting({ environment: 'FREEHOLD_CONNECTION_BUDGET', flag: 'connection-budget', schema: z.coerce.number().int().min(0).max(1_000_000), defaultValue: 100, help: 'How many connections the apps of a database are to open together, as `maxPoolSize` of their URIs; 0: no limit. Users, plans and databases may have their own.' }),
  trustedProxies: setting({ environment: 'FREEHOLD_TRUSTED_PROXIES', flag: 'trusted-proxies', schema: networks, help: 'Addresses or networks of proxies, comma-separated, whose X-Forwarded-* headers are believed; unset: nobody’s.' }),
  metricsToken: setting({ environment: 'FREEHOLD_METRICS_TOKEN', schema: z.string().regex(/^[\x21-\x7e]{16,256}$/u, 'must be 16 to 256 visible characters'), isSecret: true, help: 'Bearer token with which Prometheus reads /metrics from another machine; unset: an operator’s API token does.' }),
  auditRetentionDays: setting({ environment: 'FREEHOLD_AUDIT_RETENTION_DAYS', flag: 'audit-retention-days', schema: z.coerce.number().int().min(1).max(36_500), defaultValue: 400, help: 'How long audit entries are kept.' }),
  leaseSeconds: setting({ environment: 'FREEHOLD_LEASE_SECONDS', flag: 'lease-seconds', schema: z.coerce.number().int().min(2).max(600), defaultValue: 30, help: 'How long after its last sign of life what a replica was doing is taken over by another.' }),
  webhookAllowPrivate: setting({ environment: 'FREEHOLD_WEBHOOK_ALLOW_PRIVATE', flag: 'webhook-allow-private', schema: onOrOff, defaultValue: 'off', help: '`on` lets users’ webhooks go to private networks, this machine included, and over plain HTTP.' }),
  smtpUrl: setting({ environment: 'FREEHOLD_SMTP_URL', schema: z.string().regex(/^smtps?:\/\//u, 'must start with smtp:// or smtps://'), isSecret: true, help: 'Mail server, as smtp://user:password@host:587; unset: no e-mail is sent.' }),
  smtpFrom: setting({ environment: 'FREEHOLD_SMTP_FROM', flag: 'smtp-from', schema: text, defaultValue: 'Freehold <freehold@localhost>', help: 'Sender of e-mail.' }),
  otlpUrl: setting({ environment: 'FREEHOLD_OTLP_URL', flag: 'otlp-url', schema: z.url({ protocol: /^https?$/u }), help: 'OpenTelemetry receiver that traces are sent to over OTLP/HTTP, such as http://127.0.0.1:4318; unset: nothing is traced. OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER and the other OTEL_* variables say the rest.' }),
  logLevel: setting({ environment: 'FREEHOLD_LOG_LEVEL', flag: 'log-level', schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']), defaultValue: 'info', help: 'Least severe log event that is written.' }),
} as const;

export type SettingName = keyof typeof settings;

type Parsed<Name extends SettingName> = z.output<(typeof settings)[Name]['schema']>;
type NamesWithDefault = { [Name in SettingName]: (typeof settings)[Name] extends { readonly defaultValue: string | number } ? Name : never }[SettingName];

/** The parsed settings; those without a default may be undefined. */
export type Configuration = { readonly [Name in NamesWithDefault]: Parsed<Name> } & {
  readonly [Name in Exclude<SettingName, NamesWithDefault>]: Parsed<Name> | undefined;
};

/** The settings as `[name, setting]`, in the order of the table. */
export function settingEntries(): readonly (readonly [SettingName, Setting])[] {
  return Object.entries(settings) as [SettingName, Setting][];
}
