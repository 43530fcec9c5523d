// Geospatial indexes, filters and stages are not there.
import { aggregate, createIndex, describeRefusals, find } from './refusals.fixture.js';

const point = { type: 'Point', coordinates: [1, 2] };

describeRefusals('geospatial queries', [
  { wish: 'a 2dsphere index', command: createIndex({ place: '2dsphere' }), code: 67, says: /'2dsphere' are not supported/ },
  { wish: 'a 2d index', command: createIndex({ place: '2d' }), code: 67, says: /'2d' are not supported/ },
  { wish: '$near', command: find({ place: { $near: { $geometry: point } } }), code: 238, says: /\$near is not supported/ },
  { wish: '$nearSphere', command: find({ place: { $nearSphere: { $geometry: point } } }), code: 238, says: /\$nearSphere is not supported/ },
  { wish: '$geoWithin', command: find({ place: { $geoWithin: { $center: [[0, 0], 1] } } }), code: 238, says: /\$geoWithin is not supported/ },
  { wish: '$geoIntersects', command: find({ place: { $geoIntersects: { $geometry: point } } }), code: 238, says: /\$geoIntersects is not supported/ },
  { wish: '$geoNear', command: aggregate({ $geoNear: { near: point, distanceField: 'd' } }), code: 115, says: /\$geoNear/ },
]);
