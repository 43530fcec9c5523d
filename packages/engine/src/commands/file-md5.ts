// `filemd5`: the MD5 of a file's bytes in GridFS, which drivers of old ask for when they close a file.
// Source: the manual's page "filemd5".
import { createHash } from 'node:crypto';
import { getDocumentField } from '../bson/reader.js';
import { BsonType, bsonTypeName } from '../bson/types.js';
import { documentOf, int32Value } from '../bson/values.js';
import { documentValue } from '../bson/raw-value.js';
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';
import { runInSlices } from '../execution/document-source.js';
import { environmentOf } from '../execution/environment.js';
import { LazySource } from '../execution/lazy-source.js';
import { prepareFind, sourceOf } from '../execution/reads/find.js';
import { compileRead, planningServices } from '../execution/reads/read-query.js';
import { finished, needTime } from '../execution/stages/stage.js';

export const fileMd5 = defineCommand({
  name: 'filemd5',
  help: 'Says the MD5 of a file in GridFS.',
  fields: { filemd5: { kind: 'any', required: true }, root: 'string' },
  access: { kind: 'privileges', required: ({ root = 'fs' }, database) => [{ resource: { database, collection: `${root}.chunks` }, actions: ['find'] }] },
  async run({ filemd5: id, root = 'fs' }, context) {
    const options = {
      ...planningServices(context),
      filter: documentOf([['files_id', documentValue(documentOf([['$eq', id]]))]]),
      sort: documentOf([['n', int32Value(1)]]),
    };
    const request = { collection: `${root}.chunks`, options, query: compileRead(options, environmentOf(context, {})) };
    const hash = createHash('md5');
    let chunks = 0;
    const source = new LazySource((unit) => sourceOf(prepareFind(unit, context, request)));
    await runInSlices(context, source, () => {
      const next = source.next();
      if (next === finished) return true;
      if (next === needTime) return false;
      const number = getDocumentField(next, 'n')?.number();
      if (number !== chunks) throw new CommandError(10040, `chunks out of order: should have chunk ${chunks}, have ${number ?? 'none'}`);
      const data = getDocumentField(next, 'data');
      if (data?.type !== BsonType.binData) throw new CommandError(50849, `the data of chunk ${chunks} must be of type binData, not ${data === undefined ? 'missing' : (bsonTypeName(data.type) ?? 'unknown')}`);
      hash.update(data.binary().data);
      chunks += 1;
      return false;
    });
    source.close();
    return new DocumentWriter().int32('numChunks', chunks).string('md5', hash.digest('hex')).double('ok', 1).finish();
  },
});
