// Files to deploy with: nothing here runs containers, so what can drift from the code is compared with the code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { settings } from '../../packages/server/src/config/settings.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');
const manifests = readdirSync(`${root}/deploy/kubernetes`).map((name) => `deploy/kubernetes/${name}`);
const yamlFiles = ['deploy/compose.yaml', 'deploy/compose.external-mongodb.yaml', ...manifests];
const known = new Set<string>(Object.values(settings).map(({ environment }) => environment));
const objects = manifests.flatMap((path) => loadAll(read(path)) as any[]);
const only = (kind: string): any => objects.find((object) => object.kind === kind);
const pod = only('Deployment').spec.template;
const container = pod.spec.containers[0];

describe('every file', () => {
  it.each(yamlFiles)('%s is YAML', (path) => {
    expect(loadAll(read(path)).length).toBeGreaterThan(0);
  });

  it.each(['deploy/Dockerfile', ...yamlFiles])('%s names only settings that there are', (path) => {
    expect((read(path).match(/\bFREEHOLD_[A-Z_]+/gu) ?? []).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the image', () => {
  const dockerfile = read('deploy/Dockerfile');

  it('copies the manifest and the build of every package that is there', () => {
    for (const name of readdirSync(`${root}/packages`)) {
      expect(dockerfile).toContain(`COPY packages/${name}/package.json packages/${name}/`);
      expect(dockerfile).toContain(`COPY --from=build /freehold/packages/${name}/dist packages/${name}/dist`);
    }
  });

  it('copies from paths that are there', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gmu)].flatMap(([, sources]) => sources!.split(' '));
    expect(copied.filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
  });

  it('listens on the ports that it exposes, as a user without rights', () => {
    const [, exposed] = /^EXPOSE (.+)$/mu.exec(dockerfile)!;
    expect(exposed!.split(' ')).toEqual([String(settings.port.defaultValue), String(settings.enginePort.defaultValue)]);
    expect(dockerfile).toContain(`FREEHOLD_PORT=${settings.port.defaultValue}`);
    expect(dockerfile).toContain(`FREEHOLD_ENGINE_PORT=${settings.enginePort.defaultValue}`);
    expect(dockerfile).toMatch(/^USER 1000:1000$/mu);
  });
});

describe('the manifests', () => {
  it('send service and probes to the port on which the platform listens', () => {
    const [port] = container.ports;
    const environment = Object.fromEntries(container.env.map(({ name, value }: any) => [name, value]));
    expect(String(port.containerPort)).toBe(environment.FREEHOLD_PORT);
    expect(only('Service').spec.ports[0].targetPort).toBe(port.name);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) expect(container[probe].httpGet.port).toBe(port.name);
    expect(only('NetworkPolicy').spec.ingress[0].ports[0].port).toBe(port.name);
  });

  it('choose the same pods everywhere, and leave two of three standing', () => {
    const labels = { 'app.kubernetes.io/name': 'freehold' };
    expect(pod.metadata.labels).toEqual(labels);
    expect([only('Deployment').spec.selector.matchLabels, only('Service').spec.selector, only('PodDisruptionBudget').spec.selector.matchLabels, only('NetworkPolicy').spec.podSelector.matchLabels])
      .toEqual([labels, labels, labels, labels]);
    expect(only('Deployment').spec.replicas).toBe(3);
    expect(only('PodDisruptionBudget').spec.minAvailable).toBe(2);
  });

  it('mount the master keys as a file, and take everything secret from secrets', () => {
    const secrets = objects.filter(({ kind }) => kind === 'Secret');
    const names = secrets.map(({ metadata }) => metadata.name);
    const mounted = pod.spec.volumes.find(({ name }: any) => name === 'master-keys').secret.secretName;
    expect(names).toEqual(expect.arrayContaining([mounted, container.envFrom[0].secretRef.name]));
    expect(container.env.find(({ name }: any) => name === 'FREEHOLD_MASTER_KEYS_FILE').value).toBe(`${container.volumeMounts[0].mountPath}/${Object.keys(secrets[0].stringData)[0]!}`);
    const secretSettings = new Set<string>(Object.values(settings).flatMap((setting) => ('isSecret' in setting ? [setting.environment] : [])));
    expect(container.env.filter(({ name }: any) => secretSettings.has(name))).toEqual([]);
  });

  it('hold no secret', () => {
    expect(objects.filter(({ kind }) => kind === 'Secret').flatMap(({ stringData }) => Object.values(stringData)).filter((value) => value !== '')).toEqual([]);
  });
});
