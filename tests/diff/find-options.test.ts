// Options of `find` that name index keys or record ids.
import { describeRefusals, find } from './refusals.fixture.js';

describeRefusals('options of find', [
  { wish: 'min and max', command: find({}, { hint: { _id: 1 }, min: { _id: 1 } }), code: 238, says: /'min' is not supported/ },
  { wish: 'returnKey', command: find({}, { returnKey: true }), code: 238, says: /'returnKey' is not supported/ },
  { wish: 'showRecordId', command: find({}, { showRecordId: true }), code: 238, says: /'showRecordId' is not supported/ },
]);
