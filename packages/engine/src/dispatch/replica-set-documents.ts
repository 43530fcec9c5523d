// The engine as the only member of its replica set, as documents. Source: the manual's pages "replSetGetStatus" and
// "Replica Set Configuration".
import { Long, Timestamp, type Document } from 'bson';
import type { CommandServices } from './services.js';

function memberHost({ server }: CommandServices): string {
  return server.advertisedHost ?? `${server.host}:${server.port}`;
}

export function replicaSetStatus(services: CommandServices): Document {
  const { server, clock, logicalClock } = services;
  const now = new Date(clock.now_ms());
  const optime = { ts: new Timestamp(logicalClock.now()), t: Long.fromNumber(1) };
  const uptime = Math.floor((clock.now_ms() - server.started_ms) / 1000);
  return {
    set: server.replicaSetName,
    date: now,
    myState: 1,
    term: Long.fromNumber(1),
    syncSourceHost: '',
    syncSourceId: -1,
    heartbeatIntervalMillis: Long.fromNumber(2000),
    majorityVoteCount: 1,
    writeMajorityCount: 1,
    votingMembersCount: 1,
    writableVotingMembersCount: 1,
    optimes: { lastCommittedOpTime: optime, lastCommittedWallTime: now, readConcernMajorityOpTime: optime, appliedOpTime: optime, durableOpTime: optime, lastAppliedWallTime: now, lastDurableWallTime: now },
    members: [
      {
        _id: 0, name: memberHost(services), health: 1, state: 1, stateStr: 'PRIMARY', uptime, optime, optimeDate: now, lastAppliedWallTime: now,
        lastDurableWallTime: now, syncSourceHost: '', syncSourceId: -1, infoMessage: '', electionTime: optime.ts,
        electionDate: new Date(server.started_ms), configVersion: 1, configTerm: 1, self: true, lastHeartbeatMessage: '',
      },
    ],
  };
}

export function replicaSetConfiguration(services: CommandServices): Document {
  const { server } = services;
  return {
    _id: server.replicaSetName,
    version: 1,
    term: 1,
    members: [
      { _id: 0, host: memberHost(services), arbiterOnly: false, buildIndexes: true, hidden: false, priority: 1, tags: {}, secondaryDelaySecs: Long.fromNumber(0), votes: 1 },
    ],
    protocolVersion: Long.fromNumber(1),
    writeConcernMajorityJournalDefault: true,
    settings: {
      chainingAllowed: true, heartbeatIntervalMillis: 2000, heartbeatTimeoutSecs: 10, electionTimeoutMillis: 10_000, catchUpTimeoutMillis: -1,
      getLastErrorModes: {}, getLastErrorDefaults: { w: 1, wtimeout: 0 }, replicaSetId: server.electionId,
    },
  };
}
