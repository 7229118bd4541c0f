import type { Connection } from 'mysql2/promise';

/** The PHP system's documented tables. Of `log_scheduler` the documentation gives only the purpose. */
const SCHEMA = [
  `CREATE TABLE activity_counts_etl (
    id int(11) AUTO_INCREMENT PRIMARY KEY, courseid bigint(20) NOT NULL, file_views int(11) DEFAULT 0, video_views int(11) DEFAULT 0,
    forum_views int(11) DEFAULT 0, quiz_views int(11) DEFAULT 0, assignment_views int(11) DEFAULT 0, url_views int(11) DEFAULT 0,
    active_days int(11) DEFAULT 0, extraction_date date NOT NULL, created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, UNIQUE KEY unique_course_date (courseid, extraction_date))`,
  `CREATE TABLE user_counts_etl (
    id int(11) AUTO_INCREMENT PRIMARY KEY, courseid bigint(20) NOT NULL, num_students int(11) DEFAULT 0, num_teachers int(11) DEFAULT 0,
    extraction_date date NOT NULL, created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    UNIQUE KEY unique_course_date_users (courseid, extraction_date))`,
  `CREATE TABLE user_activity_etl (
    id int(11) AUTO_INCREMENT PRIMARY KEY, course_id varchar(100), id_number varchar(100), course_name varchar(255),
    course_shortname varchar(100), num_teachers int(11) DEFAULT 0, num_students int(11) DEFAULT 0, file_views int(11) DEFAULT 0,
    video_views int(11) DEFAULT 0, forum_views int(11) DEFAULT 0, quiz_views int(11) DEFAULT 0, assignment_views int(11) DEFAULT 0,
    url_views int(11) DEFAULT 0, total_views int(11) DEFAULT 0, avg_activity_per_student_per_day decimal(10,2) DEFAULT 0.00,
    active_days int(11) DEFAULT 0, extraction_date date NOT NULL, created_at timestamp DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, UNIQUE KEY unique_course_id_date (course_id, extraction_date))`,
  `CREATE TABLE log_scheduler (
    id int(11) AUTO_INCREMENT PRIMARY KEY, batch_name varchar(100), \`offset\` int(11) DEFAULT 0, numrow int(11) DEFAULT 0,
    limit_size int(11), status tinyint(1), start_date datetime, end_date datetime, error_details text,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP)`,
];

/** Creates the tables of the PHP system, empty. */
export async function createPhpTables(connection: Connection): Promise<void> {
  for (const statement of SCHEMA) await connection.query(statement);
}
