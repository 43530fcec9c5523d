// The page of clusters in a real browser: an operator registers one, sees why another cannot be used, drains, measures and removes, with
// the keyboard too, and on a phone.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startExternalMongodb, type ExternalMongodb } from './external-mongodb.js';
import { removeFolder, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';

const executablePath = process.env['FREEHOLD_TEST_CHROMIUM'] ?? '/usr/bin/chromium';
const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const operatorPassword = 'the operator of clusters';
const isExternal = (process.env['FREEHOLD_TEST_MONGODB_URI'] ?? '') !== '';

// Skipping is for machines without a browser; continuous integration has one and must not skip.
describe.skipIf(isExternal || (!existsSync(executablePath) && process.env['CI'] === undefined))('the page of clusters', () => {
  const dataDirectory = temporaryFolder('dashboard-clusters');
  const profile = mkdtempSync(join(tmpdir(), 'freehold-chromium-'));
  let platform: TestPlatform;
  let second: ExternalMongodb;
  let browser: BrowserContext;
  let page: Page;

  async function signIn(email: string, password: string): Promise<void> {
    await page.goto(platform.url);
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Databases' }).waitFor();
  }
  const cardOf = (name: string) => page.getByRole('article', { name: `Cluster ${name}` });

  async function fillIn(name: string, uri: string): Promise<void> {
    await page.getByRole('button', { name: 'Register a cluster' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByRole('textbox', { name: 'Connection URI' }).fill(uri);
    await page.getByRole('button', { name: 'Register', exact: true }).click();
  }

  beforeAll(async () => {
    [platform, second] = await Promise.all([startPlatform({ dataDirectory, environment: { FREEHOLD_OPERATOR_PASSWORD: operatorPassword } }), startExternalMongodb()]);
    browser = await chromium.launchPersistentContext(profile, { executablePath, args: quiet });
    page = await browser.newPage();
    page.setDefaultTimeout(20_000);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([platform.stop(), second.stop()]);
    removeFolder(dataDirectory);
    rmSync(profile, { recursive: true, force: true });
  });

  it('is not for users', async () => {
    const { email, password } = await signUp(platform.url);
    await signIn(email, password);
    expect(await page.getByRole('link', { name: 'Clusters' }).count()).toBe(0);
    await page.goto(`${platform.url}/clusters`);
    await page.getByText('This page is for operators.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('shows operators what each cluster holds and may hold', async () => {
    await signIn('operator@freehold.local', operatorPassword);
    await page.getByRole('link', { name: 'Clusters' }).click();
    const card = cardOf('primary');
    await card.getByText('active').waitFor();
    await card.getByText('holds the control database').waitFor();
    await card.getByRole('progressbar', { name: /^Users of primary: \d+ of 1000$/u }).waitFor();
    // What holds the control database cannot be removed.
    expect(await card.getByRole('button', { name: 'Remove primary' }).count()).toBe(0);
  });

  it('says which step a cluster fails at, and registers one that passes them all', async () => {
    await fillIn('Second', second.uri.replace(/:[^:@]+@/u, ':guessed@'));
    await page.getByRole('alert').waitFor();
    expect(await page.getByTestId('preflight-step').innerText()).toMatch(/Tried last: connect\. Reason: authentication_failed.*Nothing was registered\./u);
    await page.getByRole('textbox', { name: 'Connection URI' }).fill(second.uri);
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    await page.getByText('Second is registered.').waitFor();
    expect(await page.content()).not.toContain(second.uri);
    await page.getByRole('button', { name: 'Done' }).click();
    await cardOf('Second').getByText('active').waitFor();
  });

  it('drains and measures with the keyboard alone', async () => {
    const card = cardOf('Second');
    await card.getByRole('button', { name: 'Drain Second' }).focus();
    await page.keyboard.press('Enter');
    await card.getByText('draining').waitFor();
    await card.getByRole('button', { name: 'Use Second' }).focus();
    await page.keyboard.press('Space');
    await card.getByText('active').waitFor();
    await card.getByRole('button', { name: 'Measure Second' }).focus();
    await page.keyboard.press('Enter');
    await card.getByRole('status').getByText(/^Answered in \d+ ms/u).waitFor();
  });

  it('fits on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true);
    for (const name of ['Sign out', 'Measure Second', 'Drain Second', 'Remove Second']) {
      const box = (await page.getByRole('button', { name }).boundingBox())!;
      expect([box.x >= 0, box.x + box.width <= 360]).toEqual([true, true]);
    }
  });

  it('asks before it removes one', async () => {
    await page.getByRole('button', { name: 'Remove Second' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await cardOf('Second').waitFor();
    await page.getByRole('button', { name: 'Remove Second' }).click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await cardOf('Second').waitFor({ state: 'detached' });
  });

  it('says what keeps one that cannot be removed', async () => {
    await fillIn('Second', second.uri);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Drain primary' }).click();
    await cardOf('primary').getByText('draining').waitFor();
    const { client } = await signUp(platform.url);
    expect((await client.databases.create({ name: 'shop' })).cluster_id).toBe('second');
    await page.getByRole('button', { name: 'Remove Second' }).click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await page.getByRole('alert').getByText('Something refers to this cluster still.').waitFor();
    await page.getByText('databases: 1').waitFor();
  });
});
