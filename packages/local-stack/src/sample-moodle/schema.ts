import type { Connection } from 'mysql2/promise';

/** Moodle's own definitions (4.x) of the tables that the system reads. `#` stands for the prefix. */
const TABLES = [
  `CREATE TABLE #config (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(255) NOT NULL DEFAULT '',
    value longtext NOT NULL,
    UNIQUE KEY #conf_nam_uix (name))`,
  `CREATE TABLE #config_plugins (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    plugin varchar(100) NOT NULL DEFAULT 'core',
    name varchar(100) NOT NULL DEFAULT '',
    value longtext NOT NULL,
    UNIQUE KEY #confplug_plunam_uix (plugin, name))`,
  `CREATE TABLE #role (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(255) NOT NULL DEFAULT '',
    shortname varchar(100) NOT NULL DEFAULT '',
    description longtext NOT NULL,
    sortorder bigint(10) NOT NULL DEFAULT 0,
    archetype varchar(30) NOT NULL DEFAULT '',
    UNIQUE KEY #role_sho_uix (shortname),
    UNIQUE KEY #role_sor_uix (sortorder))`,
  `CREATE TABLE #course_categories (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(255) NOT NULL DEFAULT '',
    idnumber varchar(100) DEFAULT NULL,
    description longtext,
    descriptionformat tinyint(2) NOT NULL DEFAULT 0,
    parent bigint(10) NOT NULL DEFAULT 0,
    sortorder bigint(10) NOT NULL DEFAULT 0,
    coursecount bigint(10) NOT NULL DEFAULT 0,
    visible tinyint(1) NOT NULL DEFAULT 1,
    visibleold tinyint(1) NOT NULL DEFAULT 1,
    timemodified bigint(10) NOT NULL DEFAULT 0,
    depth bigint(10) NOT NULL DEFAULT 0,
    path varchar(255) NOT NULL DEFAULT '',
    theme varchar(50) DEFAULT NULL,
    KEY #courcate_par_ix (parent))`,
  `CREATE TABLE #course (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    category bigint(10) NOT NULL DEFAULT 0,
    sortorder bigint(10) NOT NULL DEFAULT 0,
    fullname varchar(1333) NOT NULL DEFAULT '',
    shortname varchar(255) NOT NULL DEFAULT '',
    idnumber varchar(100) NOT NULL DEFAULT '',
    summary longtext,
    summaryformat tinyint(2) NOT NULL DEFAULT 0,
    format varchar(21) NOT NULL DEFAULT 'topics',
    startdate bigint(10) NOT NULL DEFAULT 0,
    enddate bigint(10) NOT NULL DEFAULT 0,
    visible tinyint(1) NOT NULL DEFAULT 1,
    timecreated bigint(10) NOT NULL DEFAULT 0,
    timemodified bigint(10) NOT NULL DEFAULT 0,
    KEY #cour_cat_ix (category),
    KEY #cour_idn_ix (idnumber),
    KEY #cour_sho_ix (shortname),
    KEY #cour_sor_ix (sortorder))`,
  `CREATE TABLE #context (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    contextlevel bigint(10) NOT NULL DEFAULT 0,
    instanceid bigint(10) NOT NULL DEFAULT 0,
    path varchar(255) DEFAULT NULL,
    depth tinyint(2) NOT NULL DEFAULT 0,
    locked tinyint(2) NOT NULL DEFAULT 0,
    UNIQUE KEY #cont_conins_uix (contextlevel, instanceid),
    KEY #cont_ins_ix (instanceid),
    KEY #cont_pat_ix (path))`,
  `CREATE TABLE #role_assignments (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    roleid bigint(10) NOT NULL DEFAULT 0,
    contextid bigint(10) NOT NULL DEFAULT 0,
    userid bigint(10) NOT NULL DEFAULT 0,
    timemodified bigint(10) NOT NULL DEFAULT 0,
    modifierid bigint(10) NOT NULL DEFAULT 0,
    component varchar(100) NOT NULL DEFAULT '',
    itemid bigint(10) NOT NULL DEFAULT 0,
    sortorder bigint(10) NOT NULL DEFAULT 0,
    KEY #roleassi_rolcon_ix (roleid, contextid),
    KEY #roleassi_useconrol_ix (userid, contextid, roleid),
    KEY #roleassi_comiteuse_ix (component, itemid, userid),
    KEY #roleassi_rol_ix (roleid),
    KEY #roleassi_con_ix (contextid),
    KEY #roleassi_use_ix (userid),
    KEY #roleassi_sor_ix (sortorder))`,
  `CREATE TABLE #logstore_standard_log (
    id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
    eventname varchar(255) NOT NULL DEFAULT '',
    component varchar(100) NOT NULL DEFAULT '',
    action varchar(100) NOT NULL DEFAULT '',
    target varchar(100) NOT NULL DEFAULT '',
    objecttable varchar(50) DEFAULT NULL,
    objectid bigint(10) DEFAULT NULL,
    crud varchar(1) NOT NULL DEFAULT '',
    edulevel tinyint(1) NOT NULL,
    contextid bigint(10) NOT NULL,
    contextlevel bigint(10) NOT NULL,
    contextinstanceid bigint(10) NOT NULL,
    userid bigint(10) NOT NULL,
    courseid bigint(10) DEFAULT NULL,
    relateduserid bigint(10) DEFAULT NULL,
    anonymous tinyint(1) NOT NULL DEFAULT 0,
    other longtext,
    timecreated bigint(10) NOT NULL,
    origin varchar(10) DEFAULT NULL,
    ip varchar(45) DEFAULT NULL,
    realuserid bigint(10) DEFAULT NULL,
    KEY #logsstanlog_tim_ix (timecreated),
    KEY #logsstanlog_couanotim_ix (courseid, anonymous, timecreated),
    KEY #logsstanlog_useconconcr_ix (userid, contextlevel, contextinstanceid, crud, edulevel, timecreated),
    KEY #logsstanlog_con_ix (contextid),
    KEY #logsstanlog_use_ix (userid),
    KEY #logsstanlog_cou_ix (courseid),
    KEY #logsstanlog_rea_ix (realuserid),
    KEY #logsstanlog_rel_ix (relateduserid))`,
];

/** Creates Moodle's tables, empty, in the connection's database. Drops tables of the same names first. */
export async function createMoodleTables(connection: Connection, prefix: string): Promise<void> {
  for (const definition of TABLES) {
    const name = /CREATE TABLE #(\w+)/.exec(definition)?.[1];
    await connection.query(`DROP TABLE IF EXISTS ${prefix}${name}`);
    await connection.query(
      `${definition.replaceAll('#', prefix)} ENGINE=InnoDB ROW_FORMAT=COMPRESSED ` +
        'DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci',
    );
  }
}

/**
 * Fills an empty table of Moodle with many rows: without its secondary keys, which it gets afterwards, and
 * uncompressed. That takes a quarter of the server's time.
 */
export async function fillWithoutKeys(
  connection: Connection,
  prefix: string,
  name: string,
  fill: () => Promise<void>,
): Promise<void> {
  const definition = TABLES.find((table) => table.startsWith(`CREATE TABLE #${name} (`)) ?? '';
  const keys = [...definition.matchAll(/^ +KEY (#\w+) (\(.*?\))/gm)].map(([, key = '', columns]) => ({
    key: key.replace('#', prefix),
    columns,
  }));
  const dropped = keys.map(({ key }) => `DROP KEY ${key}`);
  await connection.query(`ALTER TABLE ${prefix}${name} ROW_FORMAT=DYNAMIC, ${dropped.join(', ')}`);
  await fill();
  const added = keys.map(({ key, columns }) => `ADD KEY ${key} ${columns}`);
  await connection.query(`ALTER TABLE ${prefix}${name} ${added.join(', ')}`);
}
