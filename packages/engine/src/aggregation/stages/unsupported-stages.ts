// Stages that MongoDB knows and this engine refuses, with code and reason. docs/engine.md is generated from here.
import { errorCodes } from '../../errors.js';

export interface StageRefusal {
  readonly code: number;
  readonly message: string;
}

const notSupported = (name: string, reason: string): [string, StageRefusal] => [
  name,
  { code: errorCodes.CommandNotSupported, message: `${name} is not supported by this server: ${reason}` },
];

/** MongoDB without Atlas answers search stages with this code. */
const searchNotEnabled = (name: string): [string, StageRefusal] => [
  name,
  { code: errorCodes.SearchNotEnabled, message: `${name} is only allowed on MongoDB Atlas: this server has no search indexes` },
];

export const unsupportedStages: ReadonlyMap<string, StageRefusal> = new Map([
  searchNotEnabled('$search'),
  searchNotEnabled('$searchMeta'),
  searchNotEnabled('$vectorSearch'),
  searchNotEnabled('$listSearchIndexes'),
  notSupported('$geoNear', 'there are no geospatial indexes'),
  notSupported('$shardedDataDistribution', 'there is no sharding'),
  notSupported('$queryStats', 'no query statistics are kept'),
  notSupported('$listSampledQueries', 'there is no sharding'),
  notSupported('$listClusterCatalog', 'there is no sharding'),
  notSupported('$listCatalog', 'the catalog is read with listCollections and listIndexes'),
  notSupported('$querySettings', 'no query settings are kept'),
]);
