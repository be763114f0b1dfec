"""The change of supplier as its customer sees it: used by the portal under the role iris_ebok."""
