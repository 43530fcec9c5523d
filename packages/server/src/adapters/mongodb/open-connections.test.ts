import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { memberUri } from './open-connections.js';

describe('the URI of one member of a set', () => {
  it.each([
    ['keeps the credentials, TLS and where the user is kept', 'mongodb://root:p%40ss@a:1,b:2/?replicaSet=rs0&tls=true&authSource=users', 'mongodb://root:p%40ss@b:2/?tls=true&authSource=users&directConnection=true'],
    ['names what a seed list implies', 'mongodb+srv://root:pw@cluster.example.com/', 'mongodb://root:pw@b:2/?directConnection=true&tls=true&authSource=admin'],
    ['leaves out what is about the set', 'mongodb://root:pw@a:1/?loadBalanced=false&replicaSet=rs0', 'mongodb://root:pw@b:2/?directConnection=true&authSource=admin'],
    ['does without credentials where there are none', 'mongodb://a:1/', 'mongodb://b:2/?directConnection=true&authSource=admin'],
  ])('%s', (_name, uri, expected) => {
    expect(memberUri(uri, 'b:2')).toBe(expected);
    expect(new MongoClient(memberUri(uri, 'b:2')).options).toMatchObject({ directConnection: true, hosts: [expect.objectContaining({ host: 'b', port: 2 })] });
  });
});
