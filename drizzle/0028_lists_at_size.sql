CREATE INDEX "audit_at" ON "audit" USING brin ("at");--> statement-breakpoint
CREATE INDEX "jobs_by_kind" ON "jobs" USING btree ("kind","seq" DESC NULLS LAST);