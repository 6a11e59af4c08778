export { type Account, chooseAccount } from './server/postgres/account.ts'
export { initializeDatabase } from './server/postgres/initialize-database.ts'
export { findPostgresPrograms, type PostgresPrograms } from './server/postgres/programs.ts'
