// `rotateCertificates`: new connections see the certificates that lie in the files now. Source: the manual's page "rotateCertificates".
import { emptyDocument } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const rotateCertificates = defineCommand({
  name: 'rotateCertificates',
  help: 'Reads the certificates anew from their files, for connections from now on.',
  fields: { rotateCertificates: { kind: 'any', required: true }, message: 'string' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['rotateCertificates'] }] },
  adminOnly: true,
  run({ message }, { services: { server, log } }) {
    // Without certificates from files there is nothing to do, as in a mongod without TLS.
    try {
      server.rotateCertificates?.();
    } catch (error) {
      throw new CommandError('InvalidSSLConfiguration', `the certificates are left as they were: ${error instanceof Error ? error.message : String(error)}`);
    }
    log.write('info', 'certificates.rotated', message === undefined ? {} : { message });
    return emptyDocument;
  },
});
