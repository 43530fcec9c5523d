// The dashboard in a real browser: sign up, create, copy the URI, sign out, sign in.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';

const executablePath = process.env['FREEHOLD_TEST_CHROMIUM'] ?? '/usr/bin/chromium';
const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

// Skipping is for machines without a browser; continuous integration has one and must not skip.
describe.skipIf(!existsSync(executablePath) && process.env['CI'] === undefined)('the dashboard', () => {
  const dataDirectory = temporaryFolder('dashboard');
  const profile = mkdtempSync(join(tmpdir(), 'freehold-chromium-'));
  let platform: TestPlatform;
  let browser: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    platform = await startPlatform({ dataDirectory });
    browser = await chromium.launchPersistentContext(profile, { executablePath, args: quiet });
    await browser.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: platform.url });
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
    });
    page.setDefaultTimeout(20_000);
  });

  afterAll(async () => {
    await browser.close();
    await platform.stop();
    removeFolder(dataDirectory);
    rmSync(profile, { recursive: true, force: true });
  });

  it('shows the sign-in page to strangers and refuses a wrong password', async () => {
    const { email } = await signUp(platform.url);
    await page.goto(platform.url);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('textbox', { name: 'Password' }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('The e-mail address or the password is wrong.').waitFor();
  });

  it('lets a person make an account, create a database and copy a URI that works', async () => {
    await page.getByRole('button', { name: 'Make one' }).click();
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('E-mail').fill('ada@example.org');
    await page.getByRole('textbox', { name: 'Password' }).fill('analytical engine');
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByText('You have no databases yet.').waitFor();

    await page.getByRole('button', { name: 'New database' }).click();
    await page.getByLabel('Name').fill('shop');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const shown = await page.getByTestId('connection-uri').innerText();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(shown);
    const mongo = await new MongoClient(shown).connect();
    await mongo.db().collection('c').insertOne({ from: 'the page' });
    await mongo.close();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('cell', { name: 'shop default' }).waitFor();
  });

  it('says why a database cannot be made', async () => {
    await page.getByRole('button', { name: 'New database' }).click();
    await page.getByLabel('Name').fill('SHOP');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('alert').getByText('You already have a database of this name').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('keeps the session over a reload, shows the URI again, and forgets it all at signing out', async () => {
    await page.reload();
    await page.getByRole('button', { name: 'Show the URI of shop' }).click();
    expect(await page.getByTestId('connection-uri').innerText()).toMatch(/^mongodb:\/\//u);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(platform.url);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('has nothing to complain about: no script errors, nothing that its content policy refuses', () => {
    expect(complaints.filter((complaint) => !/status of 40[019]|409/u.test(complaint))).toEqual([]);
  });
});
