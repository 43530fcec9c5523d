// Geometry is refused: operators, stage and indexes.
import { aggregate, createIndex, describeRefusals, find } from './refusals.fixture.js';

const point = { type: 'Point', coordinates: [0, 0] };

describeRefusals('geometry', [
  ['$near is refused', find({ a: { $near: [0, 0] } }), 238, /^\$near is not supported/u],
  ['$nearSphere is refused', find({ a: { $nearSphere: { $geometry: point } } }), 238, /^\$nearSphere is not supported/u],
  ['$geoWithin is refused', find({ a: { $geoWithin: { $geometry: point } } }), 238, /^\$geoWithin is not supported/u],
  ['$geoIntersects is refused', find({ a: { $geoIntersects: { $geometry: point } } }), 238, /^\$geoIntersects is not supported/u],
  ['$geoNear is refused', aggregate({ $geoNear: { near: point, distanceField: 'd' } }), 115, /^\$geoNear is not supported/u],
  ['a 2dsphere index is refused', createIndex({ a: '2dsphere' }), 67, /Indexes of type '2dsphere' are not supported/u],
  ['a 2d index is refused', createIndex({ a: '2d' }), 67, /Indexes of type '2d' are not supported/u],
]);
