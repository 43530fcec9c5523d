// Four options of find are refused.
import { describeRefusals, find } from './refusals.fixture.js';

describeRefusals('find', [
  ['does not take min', find({}, { min: { _id: 1 }, hint: { _id: 1 } }), 238, /the option 'min' is not supported/u],
  ['does not take max', find({}, { max: { _id: 1 }, hint: { _id: 1 } }), 238, /the option 'max' is not supported/u],
  ['does not take returnKey', find({}, { returnKey: true }), 238, /the option 'returnKey' is not supported/u],
  ['does not take showRecordId', find({}, { showRecordId: true }), 238, /the option 'showRecordId' is not supported/u],
]);
