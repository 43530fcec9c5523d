// docs/configuration.md, made from the table of settings.
import { settingEntries } from './settings.js';

function row([name, { environment, flag, defaultValue, help }]: ReturnType<typeof settingEntries>[number]): string {
  const flagText = flag === undefined ? 'none: it is a secret' : `\`--${flag}\``;
  return `| \`${environment}\` | ${flagText} | \`${name}\` | ${defaultValue === undefined ? '' : `\`${defaultValue}\``} | ${help.replaceAll('|', '\\|')} |`;
}

export function renderConfigurationPage(): string {
  return `# Configuration

Each setting comes from the command line of \`freehold up\`, else from the environment, else from the configuration file
(\`freehold.config.json\` in the working directory, or the file that \`--config\` names: a JSON object of the names in the third
column), else it has its default. An empty variable counts as unset; an unknown name in the file is an error.

| variable | flag | name in the file | default | what it is |
| --- | --- | --- | --- | --- |
${settingEntries().map(row).join('\n')}

## Master keys

Passwords of databases are stored encrypted (AES-256-GCM). On the engine the first start makes a key in the data folder with
mode 0600 and says so: keep a copy elsewhere, since nothing stored can be read without it. Beside an external MongoDB the
platform refuses to start without keys of yours: one made here would be lost with the machine. Make one with

\`\`\`sh
echo "k1:$(openssl rand -base64 32)" > master-keys && chmod 600 master-keys
\`\`\`

To change keys put the new one first and keep the old one behind it: \`k2:…,k1:…\`. A key that is not the one of the first start is
noticed at the next start, before anything is done.

## A MongoDB of your own

\`FREEHOLD_MONGODB_URI\` names a replica set or sharded cluster (not Atlas yet, which refuses \`createUser\`), as a user that may manage users and write the control
database \`freehold\` (\`userAdminAnyDatabase\`, \`readWriteAnyDatabase\`, \`dbAdminAnyDatabase\` and \`clusterMonitor\`, or \`root\`). Transactions are used,
so a standalone mongod does not do. Where clients reach it under another name, say so with \`FREEHOLD_PUBLIC_MONGODB_HOST\`.
`;
}
