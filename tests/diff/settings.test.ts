// Few things are set while the engine runs.
import { describeRefusals } from './refusals.fixture.js';

describeRefusals('a setting', [
  ['of feature compatibility is fixed', { setFeatureCompatibilityVersion: '7.0', confirm: true }, 115, /version 8\.0 and no other one/u, 'admin'],
  ['of default concerns is no more than the engine can keep', { setDefaultRWConcern: 1, defaultWriteConcern: { w: 2 } }, 100, /Not enough data-bearing nodes/u, 'admin'],
  ['of a cluster that is sharded is not there', { setClusterParameter: { pauseMigrationsDuringMultiUpdates: { enabled: true } } }, 4, /Unknown server parameter/u, 'admin'],
  ['that nobody knows is refused', { setParameter: 1, nope: 1 }, 72, /unrecognized parameter \[nope\]/u, 'admin'],
]);
