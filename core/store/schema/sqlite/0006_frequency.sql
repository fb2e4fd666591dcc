-- The list of a delivery, where the list has a frequency cap: what a person got is then found by index at the claim.
ALTER TABLE delivery ADD COLUMN cap_list INTEGER;
CREATE INDEX delivery_capped ON delivery (cap_list, contact) WHERE cap_list IS NOT NULL;
-- Set when a list gets a frequency cap: its deliveries below this number are still to be marked.
ALTER TABLE list ADD COLUMN cap_from INTEGER;
