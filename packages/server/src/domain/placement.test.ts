import { describe, expect, it } from 'vitest';
import { fullness, placeDatabase, type ClusterRoom } from './placement.js';

function room(clusterId: string, fields: Partial<ClusterRoom> = {}): ClusterRoom {
  return {
    clusterId, userCount: 0, userLimit: 1000, bytes: null, byteLimit: null, connections: null, connectionLimit: null, acceptsNewDatabases: true, isReachable: true, ...fields,
  };
}

const order = (...rooms: ClusterRoom[]): readonly string[] => placeDatabase(rooms).clusterIds;

describe('placement', () => {
  it('prefers the emptiest cluster and leaves out full, draining and unreachable ones', () => {
    expect(order(
      room('full', { userCount: 10, userLimit: 10 }), room('draining', { acceptsNewDatabases: false }), room('unreachable', { isReachable: false }),
      room('half', { userCount: 5, userLimit: 10 }), room('empty', { userLimit: 5 }), room('nearly full', { userCount: 900 }),
    )).toEqual(['empty', 'half', 'nearly full']);
  });

  it.each([
    ['users', { userCount: 900 }],
    ['bytes', { bytes: 90, byteLimit: 100 }],
    ['connections', { connections: 90, connectionLimit: 100 }],
  ])('counts %s', (_what, fields) => {
    expect(order(room('a', fields), room('b', { userCount: 500 }))).toEqual(['b', 'a']);
  });

  it.each([
    ['users', { userCount: 1000 }],
    ['bytes', { bytes: 100, byteLimit: 100 }],
    ['connections', { connections: 101, connectionLimit: 100 }],
    ['users at all', { userLimit: 0 }],
  ])('takes a cluster without room for %s for full', (_what, fields) => {
    expect(order(room('a', fields))).toEqual([]);
  });

  it('takes a limit that is not set for none, and a use that was never measured for none', () => {
    expect(fullness(room('a', { bytes: 1e15, connections: 1e6 }))).toBe(0);
    expect(fullness(room('a', { byteLimit: 1, connectionLimit: 1 }))).toBe(0);
  });

  it('prefers the one with room for more users, then the first by id, where they are equally full', () => {
    expect(order(room('b'), room('c', { userLimit: 2000 }), room('a'))).toEqual(['c', 'a', 'b']);
  });

  it('says whether there would be room, if only a cluster answered', () => {
    expect(placeDatabase([room('a', { isReachable: false })])).toEqual({ clusterIds: [], isHeldUp: true });
    expect(placeDatabase([room('a', { isReachable: false, userCount: 1000 })])).toEqual({ clusterIds: [], isHeldUp: false });
    expect(placeDatabase([])).toEqual({ clusterIds: [], isHeldUp: false });
  });
});
