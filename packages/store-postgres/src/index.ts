export { fileXComStorage } from "./xcoms/file-xcom-storage.ts";
export { Fernet, type FernetOptions, generateFernetKey } from "./fernet.ts";
export { checkMigrations, type MigrationStatus, migrate, requireMigrated } from "./migrate.ts";
export { createPostgresStore, type PostgresStoreOptions } from "./postgres-store.ts";
