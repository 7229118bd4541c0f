import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { binary, installMissing, scratchFolder } from '@etl/local-stack';
import { beforeAll, expect, it, onTestFinished } from 'vitest';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

beforeAll(() => installMissing(['promtool', 'systemd-analyze'], (line) => process.stderr.write(`${line}\n`)));

it('Prometheus accepts the alert rules', () => {
  const rules = path.join(REPOSITORY, 'docker/monitoring/alerts.yaml');
  const said = execFileSync(binary('promtool'), ['check', 'rules', rules], { encoding: 'utf8' });
  expect(said).toMatch(/SUCCESS: \d+ rules found/);
});

const UNITS = ['etl-gateway.service', 'etl-worker@.service'];

it('systemd accepts the units and finds the programs that they start', () => {
  const folder = scratchFolder();
  onTestFinished(() => folder.remove());
  const units = UNITS.map((name) => {
    const unit = readFileSync(path.join(REPOSITORY, 'scripts/systemd', name), 'utf8');
    expect(unit).toContain('/opt/user-activity-etl');
    const file = path.join(folder.value, name.replace('@', '@1'));
    // This clone in place of the installed one. The operator creates the account.
    const here = unit.replaceAll('/opt/user-activity-etl', REPOSITORY);
    writeFileSync(file, here.replace(/^(User|Group)=etl$/gm, '$1=root'));
    return file;
  });
  const verified = spawnSync(binary('systemd-analyze'), ['verify', '--man=no', ...units], {
    encoding: 'utf8',
  });
  expect(verified).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

it.each(UNITS)('systemd rates the exposure of %s as OK or better', (unit) => {
  const file = path.join(REPOSITORY, 'scripts/systemd', unit);
  const report = execFileSync(binary('systemd-analyze'), ['security', '--offline=true', '--no-pager', file], {
    encoding: 'utf8',
  });
  const overall = /Overall exposure level for \S+: ([\d.]+) (\w+)/.exec(report);
  expect(['PERFECT', 'SAFE', 'OK'], report).toContain(overall?.[2]);
});
