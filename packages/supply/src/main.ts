import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { audit } from './audit.ts';
import { writeBillOfMaterials } from './bill-of-materials.ts';
import { licenceComplaints, licencesPage, licensedPackages } from './licences.ts';
import { lockedPackages } from './lockfile.ts';
import { pnpmIn, REPOSITORY } from './pnpm.ts';

const HELP = `Usage: pnpm supply [options]

Looks at what production takes from others: known vulnerabilities, licences, and whether docs/licences.md is up to date.
Writes a bill of materials (CycloneDX) to .local/sbom.cdx.json.

  --write    write licences.md anew
  --out DIR  where licences.md is (docs)
`;

const BILL_OF_MATERIALS = path.join(REPOSITORY, '.local/sbom.cdx.json');

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean', default: false },
      out: { type: 'string', default: path.join(REPOSITORY, 'docs') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const pnpm = pnpmIn(REPOSITORY);
  mkdirSync(path.dirname(BILL_OF_MATERIALS), { recursive: true });
  const installed = await writeBillOfMaterials(pnpm, BILL_OF_MATERIALS);
  say(`Bill of materials: ${installed.length} packages, in ${path.relative(REPOSITORY, BILL_OF_MATERIALS)}`);

  const licensed = await licensedPackages(pnpm);
  const complaints = licenceComplaints(licensed, installed);
  const page = licencesPage(licensed, lockedPackages(REPOSITORY));
  if (complaints.length === 0) say(`Licences: ${licensed.length} packages, all of them allowed`);
  const file = path.join(values.out, 'licences.md');
  if (values.write) writeFileSync(file, page);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== page)
    complaints.push(`${file} is out of date; pnpm supply --write brings it up to date`);

  const asked = await audit(pnpm);
  if (asked.kind === 'clean')
    say(
      `Audit: ${asked.packages} packages, no vulnerability that is high or critical (ignored: ${asked.ignored})`,
    );
  else if (asked.kind === 'unanswered') say(`AUDIT NOT DONE, vulnerabilities are not known: ${asked.why}`);
  else complaints.push(...asked.findings);

  for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
  if (complaints.length > 0) process.exitCode = 1;
}

await main();
