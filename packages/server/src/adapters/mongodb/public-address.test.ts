import { describe, expect, it } from 'vitest';
import { publicAddressOf } from './public-address.js';

describe('the public address of a cluster', () => {
  it.each([
    ['is where the control plane reaches it', 'mongodb://root:pw@a:1,b:2/admin?replicaSet=rs0&authSource=admin', undefined, { scheme: 'mongodb', hosts: ['a:1', 'b:2'], options: { replicaSet: 'rs0' } }],
    ['is a seed list where that is one', 'mongodb+srv://root:pw@c.example.com/?maxPoolSize=5', undefined, { scheme: 'mongodb+srv', hosts: ['c.example.com'], options: {} }],
    ['is what the operator says it is', 'mongodb://root:pw@10.0.0.1:27017/?tls=true', ' db.example.com:443 ', { scheme: 'mongodb', hosts: ['db.example.com:443'], options: { tls: 'true' } }],
    ['is no seed list where hosts are named', 'mongodb+srv://root:pw@c.example.com/', 'a:1,b:2', { scheme: 'mongodb', hosts: ['a:1', 'b:2'], options: {} }],
    ['keeps a direct connection to one host', 'mongodb://root:pw@a:1/?directConnection=true', undefined, { scheme: 'mongodb', hosts: ['a:1'], options: { directConnection: 'true' } }],
    ['has no direct connection to several hosts', 'mongodb://root:pw@a:1/?directConnection=true', 'a:1,b:2', { scheme: 'mongodb', hosts: ['a:1', 'b:2'], options: {} }],
  ])('%s, without anything of the administrator’s', (_what, uri, publicHosts, expected) => {
    expect(publicAddressOf(uri, publicHosts)).toEqual(expected);
  });
});
