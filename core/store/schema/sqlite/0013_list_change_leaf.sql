-- The entry in the log of the consents that commits to what the admin said about a list; NULL for what was said before this step.
ALTER TABLE list_change ADD COLUMN event INTEGER;
