-- Who sent it: `operator:` and the user's number; NULL for broadcasts from before this step.
ALTER TABLE broadcast ADD COLUMN actor TEXT;
