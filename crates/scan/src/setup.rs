//! The least-privilege role for each engine, as text for the database's administrator.

/// SQL for PostgreSQL 13 and later.
pub const POSTGRES: &str = "\
-- A role for bastion-mcp: it reads, and the server refuses it everything else.
-- Run it in psql as the owner of the database, once for each database; put in a password of your own.

CREATE ROLE bastion LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    CONNECTION LIMIT 5 PASSWORD 'change-me';
ALTER ROLE bastion SET default_transaction_read_only = on;
ALTER ROLE bastion SET statement_timeout = '15min';
ALTER ROLE bastion SET lock_timeout = '2s';
ALTER ROLE bastion SET idle_in_transaction_session_timeout = '60s';

-- Until version 14 everybody may create tables in the schema public.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- What it may see. The catalog (names, types, keys) needs no grant; counting rows and NULLs needs SELECT.
-- Repeat for each schema.
GRANT USAGE ON SCHEMA public TO bastion;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO bastion;

-- Tables to come: run this as the role that creates them.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO bastion;

-- Then:  bastion-mcp check 'postgres://bastion:change-me@HOST/DATABASE'
";

/// SQL for MySQL 8 and MariaDB 10.6 and later.
pub const MYSQL: &str = "\
-- An account for bastion-mcp: it reads one database, and the server refuses it everything else.
-- Run it as an administrator; put in a password, the database's name and, instead of %, where bastion-mcp runs.

CREATE USER 'bastion'@'%' IDENTIFIED BY 'change-me' WITH MAX_USER_CONNECTIONS 5;

-- What it may see. Without SELECT the catalog shows no tables; SHOW VIEW tells the texts of views.
GRANT SELECT, SHOW VIEW ON `DATABASE`.* TO 'bastion'@'%';

-- Triggers, events and routines stay hidden: the rights that show them also let an account make or run them.
-- To see routines without being able to run them:
--   MariaDB:  GRANT SELECT ON mysql.proc TO 'bastion'@'%';
--   MySQL:    GRANT SHOW_ROUTINE ON *.* TO 'bastion'@'%';

-- Then:  bastion-mcp check 'mysql://bastion:change-me@HOST/DATABASE'
";

/// For SQLite there is nothing to set up.
pub const SQLITE: &str = "\
-- SQLite has no roles: bastion-mcp opens the file for reading only, refuses every statement but SELECT, and needs no
-- more than permission to read the file. A database in WAL mode also needs its -wal and -shm files beside it, or a
-- directory that may be written.
--
-- Then:  bastion-mcp check sqlite:PATH
";
