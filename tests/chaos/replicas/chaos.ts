// Several control planes on one control database, clients at work on all of them, and a hand that kills any of them, the engine and Redis, at
// random. At the end everything must be as the clients were told.
import { createClient } from '@freehold/api';
import { MongoClient } from 'mongodb';
import { removeFolder, temporaryFolder } from '../../e2e/platform.js';
import { Asker, pause } from './asker.js';
import { inspect, quotaViolations, type Account } from './inspection.js';
import { Person } from './person.js';
import { operatorEmail, operatorPassword, startReplicas, type ReplicaSet } from './processes.js';
import { seeded, type Random } from './random.js';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.js';

export interface ChaosOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly replicas?: number;
  readonly accounts?: number;
  readonly onProgress?: (line: string) => void;
}

export interface ChaosReport {
  readonly violations: readonly string[];
  readonly kills: number;
  readonly engineKills: number;
  readonly redisKills: number;
  readonly asked: number;
  /** What was done, by kind, and how often. */
  readonly done: Readonly<Record<string, number>>;
}

const peoplePerAccount = 2;
const totalQuotaMb = 150;
const settle_ms = 60_000;

interface Surroundings {
  readonly replicas: ReplicaSet;
  readonly client: MongoClient;
  readonly receiver: WebhookReceiver;
  readonly folder: string;
  readonly onViolation: (violation: string) => void;
}

async function openAccount({ replicas, client, receiver, folder, onViolation }: Surroundings, random: Random, index: number): Promise<{ readonly account: Account; readonly askers: readonly Asker[] }> {
  const baseUrl = replicas.urls()[0]!;
  const email = `chaos-${process.pid}-${Date.now()}-${index}@example.org`;
  const { token, user } = await createClient({ baseUrl }).authentication.signUp({ email, password: 'a password for chaos', name: `Chaos ${index}` });
  const operator = await createClient({ baseUrl }).authentication.signIn({ email: operatorEmail, password: operatorPassword });
  await createClient({ baseUrl, token: operator.token }).admin.updateUser({ id: user.id, overrides: { total_quota_mb: totalQuotaMb } });
  await createClient({ baseUrl, token }).webhooks.create({ url: receiver.urlFor(user.id) });
  const askers = Array.from({ length: peoplePerAccount }, () => new Asker({ urls: () => replicas.urls(), token, random: random.fork(), onViolation }));
  const people = askers.map((asker, person) => new Person({ userId: user.id, name: `p${index}-${person}`, asker, random: random.fork(), control: client.db('freehold'), folder, onViolation }));
  return { account: { userId: user.id, totalQuotaMb, people, received: (userId) => receiver.received(userId) }, askers };
}

/** Kills until told to stop; everything runs again when it returns. */
async function killAtRandom(replicas: ReplicaSet, random: Random, isOver: () => boolean, onKill: (what: 'replica' | 'engine' | 'redis') => void): Promise<void> {
  while (!isOver()) {
    await pause(300 + random.below(1700));
    if (isOver()) return;
    if (replicas.hasEngine && random.next() < 0.2) {
      onKill('engine');
      await replicas.restartEngine();
      continue;
    }
    if (replicas.hasRedis && random.next() < 0.2) {
      onKill('redis');
      await replicas.restartRedis();
      continue;
    }
    const victims = [...new Set([random.below(replicas.replicaCount), ...(random.next() < 0.2 ? [random.below(replicas.replicaCount)] : [])])];
    onKill('replica');
    await Promise.all(victims.map((index) => replicas.killReplica(index)));
    await Promise.all(victims.map((index) => replicas.startReplica(index)));
  }
}

/** Looks at the quotas again and again; what it cannot see while the engine is away it sees later. */
async function watchQuotas(client: MongoClient, accounts: readonly Account[], isOver: () => boolean, onViolation: (violation: string) => void): Promise<void> {
  while (!isOver()) {
    (await quotaViolations(client.db('freehold'), accounts).catch(() => [])).forEach(onViolation);
    await pause(200);
  }
}

export async function runChaos({ seconds, seed, replicas: count = 3, accounts: accountCount = 2, onProgress = () => undefined }: ChaosOptions): Promise<ChaosReport> {
  const random = seeded(seed);
  const violations = new Set<string>();
  const kills = { replica: 0, engine: 0, redis: 0 };
  const replicas = await startReplicas(count);
  const [receiver, folder] = [await startWebhookReceiver(random.fork()), temporaryFolder('chaos-apps')];
  const client = new MongoClient(replicas.mongodbUri, { serverSelectionTimeoutMS: 30_000 });
  try {
    const note = (violation: string): void => {
      if (!violations.has(violation)) onProgress(`VIOLATION ${violation}`);
      violations.add(violation);
    };
    // One after the other, so that the seed gives each the same numbers.
    const opened = [];
    for (let index = 0; index < accountCount; index += 1) opened.push(await openAccount({ replicas, client, receiver, folder, onViolation: note }, random, index));
    const accounts = opened.map(({ account }) => account);
    const people = accounts.flatMap((account) => account.people);
    const deadline = Date.now() + seconds * 1000;
    const isOver = (): boolean => Date.now() >= deadline;
    const progress = setInterval(() => onProgress(`${Math.round((deadline - Date.now()) / 1000)} s left, ${kills.replica} replicas and ${kills.engine} engines killed, ${JSON.stringify(totals(people))}`), 5000);
    try {
      await Promise.all([...people.map((person) => person.work(isOver)), killAtRandom(replicas, random.fork(), isOver, (what) => (kills[what] += 1)), watchQuotas(client, accounts, isOver, note)]);
    } finally {
      clearInterval(progress);
    }
    onProgress('the load has ended; waiting for everything to come to rest');
    const sweep = async (): Promise<void> => {
      await replicas.killReplica(0);
      await replicas.startReplica(0);
    };
    (await inspect({ client, accounts, settle_ms, sweep })).forEach(note);
    replicas.complaints().forEach(note);
    return { violations: [...violations], kills: kills.replica, engineKills: kills.engine, redisKills: kills.redis, asked: opened.flatMap(({ askers }) => askers).reduce((sum, asker) => sum + asker.asked, 0), done: totals(people) };
  } finally {
    await client.close();
    await replicas.stop();
    await receiver.stop();
    removeFolder(folder);
  }
}

function totals(people: readonly Person[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const { done } of people) for (const [what, count] of done) sums.set(what, (sums.get(what) ?? 0) + count);
  sums.delete('nothing');
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}
