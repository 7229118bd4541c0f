import { expect, it } from 'vitest';
import { grantedOn } from '../src/index.ts';

it.each([
  ['GRANT SELECT ON `moodle`.* TO `reader`@`%`', ['SELECT']],
  ['GRANT SELECT, INSERT (id, name) ON `moodle`.`mdl_course` TO `reader`@`%`', ['SELECT', 'INSERT']],
  ['GRANT ALL PRIVILEGES ON *.* TO `admin`@`localhost` WITH GRANT OPTION', ['ALL PRIVILEGES']],
  ['GRANT SELECT ON `moo%`.* TO `reader`@`%`', ['SELECT']],
  ['GRANT SELECT ON `moodl_`.* TO `reader`@`%`', ['SELECT']],
  // Some installations of MariaDB grant this to PUBLIC.
  ['GRANT SELECT, INSERT, DROP ON `test\\_%`.* TO PUBLIC', []],
  ['GRANT SELECT, INSERT, DROP ON `test`.* TO PUBLIC', []],
  ['GRANT INSERT ON `moodl\\_`.* TO `reader`@`%`', []],
  ['GRANT INSERT ON `moodle.old`.* TO `reader`@`%`', []],
  ['GRANT INSERT ON `moodlex`.* TO `reader`@`%`', []],
  ['GRANT `reporting` TO `reader`@`%`', []],
])('%s', (grant, privileges) => {
  expect([...grantedOn('moodle', [grant])]).toEqual(privileges);
});
