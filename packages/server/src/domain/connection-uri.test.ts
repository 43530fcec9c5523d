import fc from 'fast-check';
import { MongoClient } from 'mongodb';
import { ConnectionString } from 'mongodb-connection-string-url';
import { describe, expect, it } from 'vitest';
import { connectionUri, encodeUserInfo } from './connection-uri.js';
import { Secret } from './secret.js';

const everyPrintable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
const address = { scheme: 'mongodb', hosts: ['db.example.com:27017'], options: {} } as const;

function uriOf(password: string, changes: Partial<Parameters<typeof connectionUri>[1]> = {}): string {
  return connectionUri({ username: 'user_u_d', password: new Secret(password), database: 'user_u_d' }, { ...address, ...changes }).reveal();
}

describe('connection URIs', () => {
  it('name the user, the host, the database and where the user is kept', () => {
    expect(uriOf('pw')).toBe('mongodb://user_u_d:pw@db.example.com:27017/user_u_d?authSource=admin');
  });

  it('list every host and the options that drivers need', () => {
    expect(uriOf('pw', { hosts: ['a:1', 'b:2'], options: { replicaSet: 'rs0', tls: 'true' } }))
      .toBe('mongodb://user_u_d:pw@a:1,b:2/user_u_d?authSource=admin&replicaSet=rs0&tls=true');
  });

  it('name the pool of the client in the words of the connection string specification, with nothing to decode', () => {
    const uri = connectionUri({ username: 'u', password: new Secret('pw'), database: 'd' }, { ...address, options: { replicaSet: 'rs0' } }, { appName: 'freehold-a1b2c3d4', maxPoolSize: 25 }).reveal();
    expect(uri).toBe('mongodb://u:pw@db.example.com:27017/d?authSource=admin&replicaSet=rs0&appName=freehold-a1b2c3d4&maxPoolSize=25');
    expect(new MongoClient(uri).options).toMatchObject({ appName: 'freehold-a1b2c3d4', maxPoolSize: 25, replicaSet: 'rs0' });
  });

  it('of a seed list name one host without a port', () => {
    expect(uriOf('pw', { scheme: 'mongodb+srv', hosts: ['cluster.example.com'] })).toBe('mongodb+srv://user_u_d:pw@cluster.example.com/user_u_d?authSource=admin');
  });

  it('need a host', () => {
    expect(() => uriOf('pw', { hosts: [] })).toThrow('at least one host');
  });

  it('carry every printable character of a password through the parser of the official driver (R2.6)', () => {
    const parsed = new ConnectionString(uriOf(everyPrintable));
    expect(decodeURIComponent(parsed.password)).toBe(everyPrintable);
    expect(parsed.hosts).toEqual(['db.example.com:27017']);
    expect(parsed.pathname).toBe('/user_u_d');
  });

  it('carry any password', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
      fc.pre(password.isWellFormed());
      expect(decodeURIComponent(new ConnectionString(uriOf(password)).password)).toBe(password);
    }));
  });

  it('leave nothing in the credentials that a shell or a parser could take for itself', () => {
    expect(encodeUserInfo(everyPrintable)).toMatch(/^[A-Za-z0-9%_.~-]*$/);
  });

  it('do not show when they are printed', () => {
    const uri = connectionUri({ username: 'u', password: new Secret('hidden'), database: 'd' }, address);
    expect(`${String(uri)} ${JSON.stringify({ uri })}`).not.toContain('hidden');
  });
});
