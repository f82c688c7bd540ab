"""员工转入/转出: started by the old employer, answered by the new one, looked at by both (F66-F75)."""
