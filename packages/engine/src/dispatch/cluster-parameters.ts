// Cluster parameters: settings that are kept in the data folder, in `config.clusterParameters` as MongoDB keeps them.
// Source: the manual's pages "setClusterParameter", "getClusterParameter" and "changeStreamOptions".
import type { Document } from 'bson';
import { elements, getDocumentField } from '../bson/reader.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { BsonType, bsonTypeName } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter, emptyDocument } from '../bson/writer.js';
import { CommandError } from '../errors.js';
import { putDocument } from '../storage/put-document.js';
import type { Storage } from '../storage/units.js';

const database = 'config';
const collectionName = 'clusterParameters';

interface ClusterParameter {
  readonly default: Document;
  /** Throws BadValue (2) or TypeMismatch (14) for a value that it cannot have. */
  check(value: RawDocument): void;
}

/** Every cluster parameter that the engine has, by name. */
const clusterParameters: Readonly<Record<string, ClusterParameter>> = {
  changeStreamOptions: { default: { preAndPostImages: { expireAfterSeconds: 'off' } }, check: checkChangeStreamOptions },
};

export const clusterParameterNames: readonly string[] = Object.keys(clusterParameters);

function checkChangeStreamOptions(value: RawDocument): void {
  const allowed = (document: RawDocument, path: string, name: string): RawDocument => {
    for (const [field, nested] of elements(documentValue(document))) {
      if (field !== name) throw new CommandError('Location40415', `BSON field '${path}.${field}' is an unknown field.`);
      if (nested.type !== BsonType.object) throw new CommandError('TypeMismatch', `BSON field '${path}.${field}' is the wrong type '${bsonTypeName(nested.type) ?? 'unknown'}', expected type 'object'`);
      return nested.document();
    }
    return emptyDocument;
  };
  const images = allowed(value, 'changeStreamOptions', 'preAndPostImages');
  for (const [field, seconds] of elements(documentValue(images))) {
    if (field !== 'expireAfterSeconds') throw new CommandError('Location40415', `BSON field 'preAndPostImages.${field}' is an unknown field.`);
    const number = seconds.number();
    const isOff = seconds.type === BsonType.string && seconds.string() === 'off';
    if (number === undefined ? !isOff : !Number.isInteger(number) || number <= 0) {
      throw new CommandError('BadValue', "Expected a positive integer or 'off' for changeStreamOptions.preAndPostImages.expireAfterSeconds");
    }
  }
}

export class ClusterParameters {
  private constructor(private readonly storage: Storage, private readonly values: Map<string, RawDocument>) {}

  /** As they are stored. */
  static open(storage: Storage): ClusterParameters {
    const values = new Map<string, RawDocument>();
    const snapshot = storage.openSnapshot();
    try {
      const collection = snapshot.collection(database, collectionName);
      for (const { document } of collection === undefined ? [] : snapshot.scanRecords(collection)) {
        const id = getDocumentField(document, '_id');
        if (id?.type === BsonType.string) values.set(id.string(), document);
      }
    } finally {
      snapshot.close();
    }
    return new ClusterParameters(storage, values);
  }

  /** `{_id, clusterParameterTime, ...}`. Throws NoSuchKey (4) for one that there is not. */
  get(name: string): RawDocument {
    const parameter = parameterOf(name);
    const stored = this.values.get(name);
    if (stored !== undefined) return stored;
    const defaults = encodeDocument(parameter.default);
    return new DocumentWriter().string('_id', name).timestamp('clusterParameterTime', 0n).appendElements(defaults, 4, defaults.length - 1).finish();
  }

  /** Resolves when it is stored. `time`: of the change, a cluster time. Throws as `check` and `get` do. */
  async set(name: string, value: RawDocument, time: bigint): Promise<void> {
    parameterOf(name).check(value);
    const document = new DocumentWriter().string('_id', name).timestamp('clusterParameterTime', time).appendElements(value, 4, value.length - 1).finish();
    await this.storage.write((unit) => putDocument(unit, { database, collection: collectionName, id: name }, document));
    this.values.set(name, document);
  }

  /** For how many seconds pre-images of change streams are kept; undefined: as long as the oplog keeps their changes. */
  get preImageLifetime_s(): number | undefined {
    const images = getDocumentField(this.get('changeStreamOptions'), 'preAndPostImages');
    const seconds = images?.type === BsonType.object ? getDocumentField(images.document(), 'expireAfterSeconds') : undefined;
    return seconds?.number();
  }
}

function parameterOf(name: string): ClusterParameter {
  const parameter = Object.hasOwn(clusterParameters, name) ? clusterParameters[name] : undefined;
  if (parameter === undefined) throw new CommandError('NoSuchKey', `Unknown server parameter: ${name}`);
  return parameter;
}
